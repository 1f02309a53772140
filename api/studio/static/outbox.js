/** What must outlive the page: documents that the server does not have yet, and projects as they were last seen. */

/** @typedef {import('./types.d.ts').Doc} Doc */
/** `doc` was made of `base`; `sent`: what saves carried whose answers are not known.
 * @typedef {{base: Doc, doc: Doc, sent: Doc[], at: number}} Unsaved */
/** @typedef {'docs' | 'projects'} Shelf */

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answered = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('flywheel', 1);
    request.onupgradeneeded = () => { for (const name of ['docs', 'projects']) request.result.createObjectStore(name); };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** @template T @param {Shelf} shelf @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} ask */
async function within(shelf, mode, ask) {
  const transaction = (await database()).transaction(shelf, mode);
  const request = ask(transaction.objectStore(shelf));
  if (mode === 'readwrite') transaction.commit();
  return answered(request);
}

/** @param {string} project */
const allOf = (project) => IDBKeyRange.bound(`${project} `, `${project} \uffff`);
/** Names this tab, over reloads. */
const tab = () => {
  const name = sessionStorage.getItem('fw_tab') ?? String(Math.random()).slice(2);
  sessionStorage.setItem('fw_tab', name);
  return name;
};

/** Keep what this tab has not saved of a project. @param {string} project @param {Omit<Unsaved, 'at'>} unsaved */
export const keepDoc = (project, unsaved) =>
  within('docs', 'readwrite', (store) => store.put({ ...unsaved, at: Date.now() }, `${project} ${tab()}`));
/** Everything of a project that some tab has not saved, oldest first. @param {string} project @returns {Promise<Unsaved[]>} */
export const unsavedOf = async (project) =>
  (await within('docs', 'readonly', (store) => store.getAll(allOf(project)))).sort((one, other) => one.at - other.at);
/** The server has it: this tab's, or that of all tabs. @param {string} project */
export const dropDoc = (project, all = false) => within('docs', 'readwrite', (store) => store.delete(all ? allOf(project) : `${project} ${tab()}`));

/** Keep a project as it was last seen. @param {import('./types.d.ts').Project} project */
export const keepProject = (project) => within('projects', 'readwrite', (store) => store.put(project, project.id));
/** A project as it was last seen. @param {string} id @returns {Promise<import('./types.d.ts').Project | undefined>} */
export const keptProject = (id) => within('projects', 'readonly', (store) => store.get(id));
