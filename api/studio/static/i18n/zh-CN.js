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
  'pages.retry': '重试',
  'state.draft': '草稿', 'state.queued': '排队中', 'state.running': '制作中', 'state.waiting': '等待确认', 'state.done': '已完成', 'state.failed': '失败', 'state.cancelled': '已取消',
  'state.refused': '未受理', 'state.planned': '即将开始', 'state.idle': '未开始',
  'lib.search': '搜索标题', 'lib.more': '显示更多', 'lib.double': '复制', 'lib.doubleOne': '复制《{title}》', 'lib.doubled': '已复制《{title}》',
  'lib.delete': '删除', 'lib.deleteOne': '删除《{title}》', 'lib.deleted': '已删除《{title}》', 'lib.undo': '撤销', 'lib.progress': '《{title}》的进度',
  'lib.empty': '还没有作品', 'lib.invite': '用一句话说说第一支片子的主题，看着它一点点成形。', 'lib.none': '没有标题包含“{q}”', 'lib.found': '找到 {n} 部',
  'camp.lead': '一份需求，多个主题：一次最多 100 支片子。', 'camp.shared': '共同设置', 'camp.template': '类型', 'camp.style': '风格', 'camp.seconds': '时长（秒）', 'camp.aspect': '画幅',
  'camp.language': '语言', 'camp.voice': '声音', 'camp.byTopic': '随主题', 'camp.auto': '自动',
  'camp.topics': '主题，每行一个，最多 {most} 个；可从表格粘贴', 'camp.example': '蜜蜂如何找到花\n海水为什么是咸的\n清晨的港口',
  'camp.empty': '空行已略过：第 {lines} 行', 'camp.twice': '重复已略过（行 = 先前的行）：{lines}', 'camp.long': '超过 500 字，已略过：第 {lines} 行',
  'camp.over': '超出上限，已略过 {n} 行：第 {lines} 行', 'camp.wide': '有多列时只用第一列：第 {lines} 行',
  'camp.takes': '{n} 支片子：引擎用时 {engine}，单个工作进程约需 {time}', 'camp.money': '，费用 {money}', 'camp.quota': '你的配额：同时 {most} 支，今天还可做 {left} 支。',
  'camp.tomorrow': '其中 {n} 支要到明天（UTC）才会开始，届时请打开本页。', 'camp.budget': '今天的预算不够做完全部。', 'camp.begin': '制作 {n} 支片子',
  'camp.films': '本批片子', 'camp.topic': '主题', 'camp.state': '状态', 'camp.actions': '操作', 'camp.done': '已完成 {done} / {all}', 'camp.rest': '{under} 支制作中 · {waiting} 支待开始 · {failed} 支失败',
  'camp.pause': '暂停开新片', 'camp.goOn': '继续', 'camp.retryAll': '重试失败的 {n} 支', 'camp.cancelAll': '全部取消', 'camp.new': '新的一批',
  'camp.keepOpen': 'Studio 打开时会陆续开始制作。关掉也没关系，再次打开会接着做。',
  'camp.schedule': '需要定时制作？在 Prefect 中为部署 film 设定计划，做法见 docs/operations.md。',
  'kind.explainer': '科普讲解', 'kind.product': '产品介绍', 'kind.story': '故事', 'kind.news': '新闻', 'kind.lesson': '课程', 'kind.recipe': '菜谱',
  'ops.workers': '工作进程', 'ops.executing': '正在执行 {n} 个任务', 'ops.underWay': '进行中', 'ops.counts': '制作 {running} · 排队 {queued} · 待确认 {waiting}', 'ops.today': '今日引擎用时', 'ops.spent': '费用 {money}',
  'ops.films': '24 小时完成', 'ops.failedToday': '失败 {n} 支', 'ops.pools': '队列', 'ops.pool': '资源池', 'ops.working': '进行', 'ops.waits': '等待', 'ops.since': '{when}启动，{n} 个任务', 'ops.missing': '缺少权重：{names}。请运行 flywheel models pull',
  'ops.noWorker': '没有工作进程在运行，什么也做不了。请启动：flywheel up', 'ops.engines': '引擎', 'ops.failed': '失败', 'ops.noneFailed': '24 小时内没有失败。', 'ops.noneUnderWay': '没有进行中的任务。', 'ops.cancel': '取消',
  'ops.done.cancel': '正在取消', 'ops.done.retry': '已重新开始', 'ops.hours': '每小时完成的片子', 'ops.hour': '时间', 'ops.now': '现在', 'ops.trials': '实验', 'ops.noTrials': '还没有实验。', 'ops.arm': '{rate}，{n} 人',
  'ops.winner': '建议保留 {name}：效果更好。', 'ops.uncertain': '尚无定论。', 'ops.untrusted': '用户分配与权重不符，数据暂不可信。', 'trial.running': '进行中', 'trial.stopped': '已停止',
  'ops.byPool': '今日各资源池用时', 'ops.steps': '各步骤平均用时', 'ops.noTime': '还没有执行过任何步骤。',
  'pool.text': '文本', 'pool.image': '画面', 'pool.speech': '配音', 'pool.music': '音乐', 'pool.render': '渲染',
  'engine.draft': '初稿', 'engine.text': '文本', 'engine.image': '画面', 'engine.speech': '配音', 'engine.music': '音乐', 'engine.embed': '语义', 'engine.transcribe': '听写',
  'flow.film': '影片', 'flow.anchor': '定调', 'flow.text': '文本', 'flow.image-storyboard': '分镜', 'flow.audio': '声音', 'flow.video': '视频',
  'step.set_anchor': '定调', 'step.paint_poster': '画海报', 'step.draw_frame': '画一幅画面', 'step.take_media': '取用素材', 'step.write_draft': '写初稿', 'step.write_outline': '列提纲', 'step.extend_outline': '扩写提纲',
  'step.draft_frame': '草拟画面', 'step.draw_cues': '绘制字幕', 'step.fit_clip': '调整语速',
  'step.refine_segment': '润色一句', 'step.speak': '朗读一句', 'step.compose_bed': '作曲', 'step.hear_music': '分析自带音乐', 'step.loop_bed': '循环自带音乐', 'step.mix_sound': '混音', 'step.shoot': '渲染镜头', 'step.join_shots': '合成影片', 'step.certify': '出具证书',

  // --- problems
};
