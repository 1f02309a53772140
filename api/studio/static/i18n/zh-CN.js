/** 中文。 */
export const words = {
  // --- shell
  'brand': '飞轮 Studio',
  'nav.new': '新片', 'nav.library': '作品库', 'nav.campaign': '批量', 'nav.operations': '运行',

  // --- brief

  // --- board and stage

  // --- inspector and timeline

  // --- publish

  // --- library, campaign, operations

  // --- problems
};
