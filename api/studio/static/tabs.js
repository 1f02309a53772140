/** One stream per browser and project: the tab that holds the lock leads, the others hear from it. */

/** Join the tabs of *name*. `lead` is called when this tab becomes the leader; `hear` gets what the others `send`.
 * @param {string} name @param {{lead: () => void, hear: (message: any) => void}} told @returns {{send: (message: any) => void, close: () => void}} */
export function join(name, { lead, hear }) {
  const channel = new BroadcastChannel(name);
  const leaving = new AbortController();
  let open = true;
  channel.onmessage = ({ data }) => { if (open) hear(data); };
  const held = () => new Promise((release) => {
    if (!open) return release(null);
    leaving.signal.addEventListener('abort', () => release(null));
    lead();
  });
  // Pages that are not of a secure origin have no locks: there every tab follows the stream by itself.
  if (navigator.locks) navigator.locks.request(name, { signal: leaving.signal }, held).catch(() => {});
  else lead();
  return {
    send: (message) => { if (open) channel.postMessage(message); },
    close() {
      open = false;
      leaving.abort();
      channel.close();
    },
  };
}
