/** 中文。 */
export const words = {
  // --- shell
  'brand': '飞轮 Studio',
  'nav.new': '新片', 'nav.library': '作品库', 'nav.campaign': '批量', 'nav.operations': '运行',

  // --- brief

  // --- board and stage

  // --- inspector and timeline

  // --- publish
  'publish.open': '发布', 'publish.title': '发布为网页', 'publish.unmade': '还没有完成的片子', 'publish.close': '关闭', 'publish.version': '版本',
  'publish.number': '版本 {n}', 'publish.current': '版本 {n}（当前）', 'publish.pending': '有 {n} 处修改不在此版本中，重新生成后才会包含。', 'publish.looking': '正在检查影片…',
  'publish.rights': '我拥有所用自有素材的权利', 'publish.embed': '允许其他网站嵌入播放器', 'publish.download': '允许观众下载影片', 'publish.again': '重新检查',
  'publish.doing': '正在发布…', 'publish.update': '更新', 'publish.qr': '网页二维码', 'publish.at': '版本 {n} 已公开。', 'publish.link': '链接',
  'publish.code': '嵌入代码', 'publish.visit': '打开网页', 'publish.withdraw': '撤回', 'publish.sure': '网页会显示影片已撤回；重新发布后原链接恢复。', 'publish.done': '已发布',
  'publish.withdrawn': '已撤回', 'publish.copied': '已复制', 'publish.copy': '复制', 'publish.copying': '复制：{what}', 'publish.proof': '影片证书',
  'publish.figures': '有效：{n} 项核验 · {s} 秒 · {loud} LUFS', 'publish.label': 'AI 生成标识', 'publish.labelled': '写入 MP4，并显示在网页上', 'publish.captions': '字幕',
  'publish.cues': '画面内嵌，另附字幕轨（{n} 条）', 'publish.own': '自有素材', 'publish.shot': '镜头 {n}', 'publish.song': '配乐', 'publish.none': '无',
  'publish.true': '正常', 'publish.false': '有问题', 'publish.null': '请在下方确认', 'publish.remake': '请重新生成影片。',

  // --- library, campaign, operations

  // --- problems
};
