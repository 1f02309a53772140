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
  'pages.retry': 'Retry',
  'state.draft': 'Draft', 'state.queued': 'Queued', 'state.running': 'Being made', 'state.waiting': 'Waits for approval', 'state.done': 'Done', 'state.failed': 'Failed', 'state.cancelled': 'Cancelled',
  'state.refused': 'Refused', 'state.planned': 'Next', 'state.idle': 'Not begun',
  'lib.search': 'Search titles', 'lib.more': 'Show more', 'lib.double': 'Duplicate', 'lib.doubleOne': 'Duplicate {title}', 'lib.doubled': 'Duplicated: {title}',
  'lib.delete': 'Delete', 'lib.deleteOne': 'Delete {title}', 'lib.deleted': 'Deleted: {title}', 'lib.undo': 'Undo', 'lib.progress': 'Progress of {title}',
  'lib.empty': 'No films yet', 'lib.invite': 'Say in one line what the first one is about. It takes shape while you watch.', 'lib.none': 'No title has “{q}”', 'lib.found': 'Found: {n}',
  'camp.lead': 'One brief, many topics: up to 100 films at once.', 'camp.shared': 'What all films share', 'camp.template': 'Kind of film', 'camp.style': 'Style', 'camp.seconds': 'Seconds', 'camp.aspect': 'Shape',
  'camp.language': 'Language', 'camp.voice': 'Voice', 'camp.byTopic': 'That of the topic', 'camp.auto': 'Automatic',
  'camp.topics': 'Topics, one a line, {most} at most; paste them from a spreadsheet', 'camp.example': 'How honeybees find flowers\nWhy the sea is salty\nA harbour at dawn',
  'camp.empty': 'Left out, because empty: line {lines}', 'camp.twice': 'Left out, because said before (line = line): {lines}', 'camp.long': 'Left out, because over 500 characters: line {lines}',
  'camp.over': 'Left out, because past the most: {n} lines ({lines})', 'camp.wide': 'Of several columns only the first is used: line {lines}',
  'camp.takes': '{n} films: {engine} of engine time, about {time} on one worker', 'camp.money': ', cost {money}', 'camp.quota': 'Your quota: {most} at a time, {left} more today.',
  'camp.tomorrow': '{n} of them will begin tomorrow (UTC), if this page is open.', 'camp.budget': 'Today’s budget will not suffice for all of them.', 'camp.begin': 'Make {n} films',
  'camp.films': 'Films of the campaign', 'camp.topic': 'Topic', 'camp.state': 'State', 'camp.actions': 'Actions', 'camp.done': '{done} of {all} done', 'camp.rest': '{under} under way · {waiting} to begin · {failed} failed',
  'camp.pause': 'Begin no more', 'camp.goOn': 'Go on', 'camp.retryAll': 'Retry {n} failed', 'camp.cancelAll': 'Cancel all', 'camp.new': 'New campaign',
  'camp.keepOpen': 'Films begin while the studio is open. Close it and come back: the campaign goes on where it was.',
  'camp.schedule': 'At set times: schedule the deployment film in Prefect; docs/operations.md says how.',
  'kind.explainer': 'Explainer', 'kind.product': 'Product', 'kind.story': 'Story', 'kind.news': 'News', 'kind.lesson': 'Lesson', 'kind.recipe': 'Recipe',
  'ops.workers': 'Workers', 'ops.executing': 'executing {n} runs', 'ops.underWay': 'Under way', 'ops.counts': '{running} running · {queued} queued · {waiting} waiting', 'ops.today': 'Engine time today', 'ops.spent': 'cost {money}',
  'ops.films': 'Films in 24 h', 'ops.failedToday': '{n} failed', 'ops.pools': 'Queues', 'ops.pool': 'Pool', 'ops.working': 'Working', 'ops.waits': 'Waiting', 'ops.since': 'started {when}, {n} runs', 'ops.missing': 'Lacks weights: {names}. Run: flywheel models pull',
  'ops.noWorker': 'No worker runs, so nothing can be made. Start one: flywheel up', 'ops.engines': 'Engines', 'ops.failed': 'Failed', 'ops.noneFailed': 'Nothing has failed in 24 h.', 'ops.noneUnderWay': 'Nothing is under way.', 'ops.cancel': 'Cancel',
  'ops.done.cancel': 'It is being cancelled', 'ops.done.retry': 'It is made again', 'ops.hours': 'Films by the hour', 'ops.hour': 'Hour', 'ops.now': 'now', 'ops.trials': 'Experiments', 'ops.noTrials': 'There are no experiments.', 'ops.arm': '{rate}, n = {n}',
  'ops.winner': 'Keep {name}: it does better.', 'ops.uncertain': 'Nothing is certain yet.', 'ops.untrusted': 'Users did not fall to the variants as weighted: believe no rate yet.', 'trial.running': 'running', 'trial.stopped': 'stopped',
  'ops.byPool': 'Engine time today, by pool', 'ops.steps': 'Mean time of a step', 'ops.noTime': 'No step has run yet.',
  'pool.text': 'Text', 'pool.image': 'Pictures', 'pool.speech': 'Voice', 'pool.music': 'Music', 'pool.render': 'Rendering',
  'engine.draft': 'Draft', 'engine.text': 'Text', 'engine.image': 'Pictures', 'engine.speech': 'Voice', 'engine.music': 'Music', 'engine.embed': 'Meaning', 'engine.transcribe': 'Listening',
  'flow.film': 'Film', 'flow.anchor': 'Anchor', 'flow.text': 'Text', 'flow.image-storyboard': 'Storyboard', 'flow.audio': 'Sound', 'flow.video': 'Video',
  'step.set_anchor': 'Set the look', 'step.paint_poster': 'Paint the poster', 'step.draw_frame': 'Draw a picture', 'step.take_media': 'Take own media', 'step.write_draft': 'Draft the script', 'step.write_outline': 'Outline', 'step.extend_outline': 'Extend the outline',
  'step.draft_frame': 'Draft a picture', 'step.draw_cues': 'Draw captions', 'step.fit_clip': 'Fit a voice',
  'step.refine_segment': 'Refine a line', 'step.speak': 'Speak a line', 'step.compose_bed': 'Compose music', 'step.hear_music': 'Hear own music', 'step.loop_bed': 'Loop own music', 'step.mix_sound': 'Mix the sound', 'step.shoot': 'Render a shot', 'step.join_shots': 'Join the film', 'step.certify': 'Certify',

  // --- problems
};
