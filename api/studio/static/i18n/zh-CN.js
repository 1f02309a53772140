/** 中文。 */
export const words = {
  // --- shell
  'brand': '飞轮 Studio',
  'nav.new': '新片', 'nav.library': '作品库', 'nav.campaign': '批量', 'nav.operations': '运行',

  // --- brief

  // --- board and stage

  // --- inspector and timeline
  'inspector': '检查器', 'inspector.shot': '镜头', 'inspector.film': '全片', 'inspector.nth': '镜头 {n}', 'inspector.none': '还没有镜头。',
  'inspector.caption': '字幕', 'inspector.empty': '镜头需要有旁白文字。', 'inspector.length': '{n} 字',
  'inspector.again': '只有这个镜头会重新配音。', 'inspector.voice': '配音 {s} 秒。改动文字后，只重新配音这个镜头。', 'inspector.unspoken': '尚未配音。',
  'inspector.draft': '草稿与定稿对比', 'inspector.takeDraft': '采用草稿',
  'inspector.picture': '画面', 'inspector.visual': '画面描述', 'inspector.visualHint': '改动描述后，只重画这一张。',
  'inspector.redo': '重新生成', 'inspector.redoHint': '描述不变，换一张', 'inspector.taken': '第 {n} 次', 'inspector.otherWords': '换个描述', 'inspector.own': '正在使用你自己的素材。',
  'inspector.time': '时长与运动', 'inspector.beats': '时长', 'inspector.shorter': '减少一拍', 'inspector.longer': '增加一拍', 'inspector.auto': '自动',
  'inspector.least': '至少 {n} 拍：旁白长 {s} 秒，前后还要留一口气。', 'inspector.guessed': '配音之前，估计至少 {n} 拍。',
  'inspector.motion': '运镜', 'inspector.transition': '转场', 'inspector.first': '影片总是直接开场。',
  'inspector.lock': '锁定', 'inspector.unlock': '解锁', 'inspector.lockHint': '锁定的镜头保留文字与画面。',
  'inspector.add': '在后面加镜头', 'inspector.delete': '删除', 'inspector.newCaption': '这里说些什么？',
  'motion.push': '推近', 'motion.pull': '拉远', 'motion.pan_left': '左摇', 'motion.pan_right': '右摇', 'motion.tilt_up': '上摇', 'motion.tilt_down': '下摇',
  'motion.parallax_left': '视差左移', 'motion.parallax_right': '视差右移', 'motion.parallax_push': '视差推近', 'motion.hold': '静止',
  'transition.cut': '硬切', 'transition.crossfade': '叠化', 'transition.dip': '黑场过渡', 'transition.wipe': '划变',
  'diff.gone': '删去：', 'diff.new': '新增：',
  'drop.own': '使用自己的图片或视频', 'drop.other': '换一个', 'drop.hint': '也可以把文件拖到这里。', 'drop.clip': '你的视频', 'drop.picture': '你的图片', 'drop.remove': '移除',
  'drop.song': '使用自己的歌曲', 'drop.otherSong': '换一首', 'drop.sending': '正在上传 {name}', 'drop.stop': '停止', 'drop.close': '知道了',
  'drop.lost': '文件没有传到：服务器没有回应。', 'drop.again': '请重新选择。',
  'film.voice': '配音', 'film.voice.makes': '换配音会重新配全部镜头，画面不变。', 'film.ofLanguage': '该语言的默认配音', 'film.ofStory': '随故事而定',
  'film.music': '音乐', 'film.mood': '情绪', 'film.mood.makes': '只重新作曲。', 'film.song': '正在使用你的歌曲，剪辑跟着它的节拍。',
  'film.bpm': '速度', 'film.bpm.makes': '音乐和全部镜头会重做，画面与配音不变。',
  'film.look': '外观', 'film.caption_style': '字幕样式', 'film.caption_style.makes': '全部镜头会重新渲染，画面与配音不变。',
  'film.aspect': '画幅', 'film.aspect.makes': '画面重新构图，全部镜头重新渲染。', 'film.quality': '画质', 'film.quality.makes': '全部镜头会重新渲染，画面与配音不变。',
  'mood.calm': '平静', 'mood.happy': '欢快', 'mood.epic': '恢宏', 'mood.mysterious': '神秘', 'mood.sad': '忧伤', 'mood.tense': '紧张',
  'captions.clean': '简洁', 'captions.bold': '醒目', 'captions.documentary': '纪录片', 'captions.children': '儿童',
  'aspect.16:9': '横屏', 'aspect.9:16': '竖屏', 'aspect.1:1': '方形', 'quality.preview': '预览（快）', 'quality.standard': '标准', 'quality.best': '最佳',
  'remake': '改动', 'remake.one': '1 处改动', 'remake.many': '{n} 处改动', 'remake.asking': '正在估算…', 'remake.and': ' · ', 'remake.comma': '、',
  'remake.voice': '1 段配音', 'remake.voices': '{n} 段配音', 'remake.picture': '1 张画面', 'remake.pictures': '{n} 张画面', 'remake.shot': '1 个镜头', 'remake.shots': '{n} 个镜头',
  'remake.about': '约 {s} 秒', 'remake.make': '生成影片', 'remake.discard': '放弃改动', 'remake.begun': '正在制作改动的部分。', 'remake.making': '正在制作镜头 {shots}',
  'remake.sound': '正在合成声音与影片', 'remake.left': '还需约 {s} 秒', 'remake.progress': '进度', 'remake.cancel': '取消',
  'tl': '时间线', 'tl.empty': '第一张画面出来后，这里就会有内容。', 'tl.shots': '镜头', 'tl.captions': '字幕', 'tl.voice': '旁白', 'tl.music': '音乐',
  'tl.bpm': '每分钟 {n} 拍', 'tl.grid': '节拍', 'tl.gridHint': '显示镜头对齐的节拍（B）', 'tl.zoom': '缩放', 'tl.in': '放大', 'tl.out': '缩小', 'tl.fit': '适合', 'tl.drawn': '以秒、小节和拍为刻度的标尺；旁白波形，以及在旁白下减弱的音乐',
  'tl.beats': '{n} 拍', 'tl.least': '{n} 拍：旁白需要这么长', 'tl.shot': '第 {n} 个镜头，共 {all} 个，{from} 至 {to}，{beats} 拍', 'tl.making': '制作中',
  'tl.moved': '现在是第 {n} 个镜头，共 {all} 个', 'tl.removed': '已删除镜头 {n}', 'tl.last': '最后一个镜头不能删除。', 'tl.undo': '撤销',
  'versions': '版本', 'versions.none': '还没有生成过影片。', 'versions.nth': '版本 {n}', 'versions.current': '当前', 'versions.unmade': '未完成',
  'versions.restore': '恢复', 'versions.restoreNth': '恢复版本 {n}', 'versions.restored': '已恢复版本 {n}',
  'versions.ofShot': '这个镜头的版本', 'versions.takeNth': '使用版本 {n} 的这个镜头', 'versions.same': '各个版本的这个镜头都与现在相同。',
  'conflict': '别处也有改动', 'conflict.why': '你编辑期间，这部影片在别处也被改动了。在你选择之前，你的改动会保留在这里。',
  'conflict.field': '字段', 'conflict.mine': '我的', 'conflict.theirs': '对方的', 'conflict.keep': '保留我的', 'conflict.take': '采用对方的', 'field.title': '标题',
  'field.topic': '主题', 'field.style': '风格', 'field.seconds': '秒数', 'field.language': '语言', 'field.template': '模板', 'field.captions': '字幕', 'field.visuals': '画面描述', 'field.redo': '重画次数',
  'field.order': '顺序', 'field.voice': '配音', 'field.bpm': '速度', 'field.mood': '情绪', 'field.aspect': '画幅', 'field.beats': '时长', 'field.motions': '运镜', 'field.transitions': '转场',
  'field.caption_style': '字幕样式', 'field.quality': '画质', 'field.music': '音乐', 'field.media': '自己的素材', 'field.added': '新增镜头', 'field.locked': '锁定',

  // --- publish

  // --- library, campaign, operations

  // --- problems
};
