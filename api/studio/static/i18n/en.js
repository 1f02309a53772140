/** English. Sections belong together; both catalogues have the same keys, which a test asserts. */
export const words = {
  // --- shell
  'brand': 'Flywheel Studio',
  'nav.new': 'New film', 'nav.library': 'Library', 'nav.campaign': 'Campaign', 'nav.operations': 'Operations',

  // --- brief

  // --- board and stage

  // --- inspector and timeline

  // --- publish
  'publish.open': 'Publish', 'publish.title': 'Publish on a web page', 'publish.unmade': 'There is no finished film yet', 'publish.close': 'Close',
  'publish.version': 'Version', 'publish.number': 'Version {n}', 'publish.current': 'Version {n}, shown now',
  'publish.pending': 'Not in this version: {n} of your changes. Make the film to include them.', 'publish.looking': 'Looking through the film…',
  'publish.rights': 'I hold the rights in my own media', 'publish.embed': 'Other sites may embed the player',
  'publish.download': 'Visitors may download the film', 'publish.again': 'Look again', 'publish.doing': 'Publishing…', 'publish.update': 'Update',
  'publish.qr': 'QR code of the page', 'publish.at': 'Version {n} is public.', 'publish.link': 'Link', 'publish.code': 'Embed code',
  'publish.visit': 'Open page', 'publish.withdraw': 'Withdraw',
  'publish.sure': 'The page will say that the film was withdrawn. The link comes back when you publish again.', 'publish.done': 'Published',
  'publish.withdrawn': 'Withdrawn', 'publish.copied': 'Copied', 'publish.copy': 'Copy', 'publish.copying': 'Copy: {what}',
  'publish.proof': 'Certificate', 'publish.figures': 'holds: {n} checks · {s} s · {loud} LUFS', 'publish.label': 'Labelled as AI-made',
  'publish.labelled': 'in the MP4 and on the page', 'publish.captions': 'Captions', 'publish.cues': 'in the picture and as a track ({n} cues)',
  'publish.own': 'Media of your own', 'publish.shot': 'shot {n}', 'publish.song': 'music', 'publish.none': 'none', 'publish.true': 'In order',
  'publish.false': 'Amiss', 'publish.null': 'Confirm below', 'publish.remake': 'Make the film again.',

  // --- library, campaign, operations

  // --- problems
};
