/** English. Sections belong together; both catalogues have the same keys, which a test asserts. */
export const words = {
  // --- shell
  'brand': 'Flywheel Studio',
  'nav.new': 'New film', 'nav.library': 'Library', 'nav.campaign': 'Campaign', 'nav.operations': 'Operations',

  // --- brief

  // --- board and stage

  // --- inspector and timeline

  // --- publish

  // --- library, campaign, operations

  // --- problems
};
