/** English. Sections belong together; both catalogues have the same keys, which a test asserts. */
export const words = {
  // --- shell
  'brand': 'Flywheel Studio',
  'nav.new': 'New film', 'nav.library': 'Library', 'nav.campaign': 'Campaign', 'nav.operations': 'Operations',

  // --- brief

  // --- board and stage

  // --- inspector and timeline
  'inspector': 'Inspector', 'inspector.shot': 'Shot', 'inspector.film': 'Film', 'inspector.nth': 'Shot {n}', 'inspector.none': 'There is no shot yet.',
  'inspector.caption': 'Caption', 'inspector.empty': 'A shot needs words to speak.', 'inspector.length': '{n} characters',
  'inspector.again': 'Only this shot is spoken again.', 'inspector.voice': 'Spoken in {s} s. Other words: only this shot is spoken again.', 'inspector.unspoken': 'Not spoken yet.',
  'inspector.draft': 'Draft and final', 'inspector.takeDraft': 'Take the draft',
  'inspector.picture': 'Picture', 'inspector.visual': 'Description', 'inspector.visualHint': 'Other words: only this picture is drawn again.',
  'inspector.redo': 'Regenerate', 'inspector.redoHint': 'The same words, another take', 'inspector.taken': 'Take {n}', 'inspector.otherWords': 'With other words', 'inspector.own': 'Your own picture or clip is shown.',
  'inspector.time': 'Time and movement', 'inspector.beats': 'Length', 'inspector.shorter': 'A beat shorter', 'inspector.longer': 'A beat longer', 'inspector.auto': 'Automatic',
  'inspector.least': 'At least {n} beats: the narration takes {s} s, with a breath before and after.', 'inspector.guessed': 'About {n} beats at least, until it is spoken.',
  'inspector.motion': 'Camera', 'inspector.transition': 'Comes in by', 'inspector.first': 'The film begins with a cut.',
  'inspector.lock': 'Lock', 'inspector.unlock': 'Unlock', 'inspector.lockHint': 'A locked shot keeps its words and its picture.',
  'inspector.add': 'Add a shot after', 'inspector.delete': 'Delete', 'inspector.newCaption': 'What is said here?',
  'motion.push': 'Push in', 'motion.pull': 'Pull out', 'motion.pan_left': 'Pan left', 'motion.pan_right': 'Pan right', 'motion.tilt_up': 'Tilt up', 'motion.tilt_down': 'Tilt down',
  'motion.parallax_left': 'Parallax left', 'motion.parallax_right': 'Parallax right', 'motion.parallax_push': 'Parallax in', 'motion.hold': 'Hold still',
  'transition.cut': 'Cut', 'transition.crossfade': 'Crossfade', 'transition.dip': 'Dip to black', 'transition.wipe': 'Wipe',
  'diff.gone': 'removed:', 'diff.new': 'added:',
  'drop.own': 'Your own picture or clip', 'drop.other': 'Another one', 'drop.hint': 'Or drop a file here.', 'drop.clip': 'Your clip', 'drop.picture': 'Your picture', 'drop.remove': 'Remove',
  'drop.song': 'Your own song', 'drop.otherSong': 'Another song', 'drop.sending': 'Sending {name}', 'drop.stop': 'Stop', 'drop.close': 'Dismiss',
  'drop.lost': 'The file did not arrive: nothing answered.', 'drop.again': 'Choose it again.',
  'film.voice': 'Voice', 'film.voice.makes': 'Another voice speaks every shot again; pictures stay.', 'film.ofLanguage': 'The language’s first', 'film.ofStory': 'As the story wants',
  'film.music': 'Music', 'film.mood': 'Mood', 'film.mood.makes': 'Only the music is composed again.', 'film.song': 'Your own song plays; its beats decide the cuts.',
  'film.bpm': 'Tempo', 'film.bpm.makes': 'Music and all shots are made again; pictures and voices stay.',
  'film.look': 'Look', 'film.caption_style': 'Captions', 'film.caption_style.makes': 'All shots are rendered again; pictures and voices stay.',
  'film.aspect': 'Format', 'film.aspect.makes': 'Pictures are reframed; all shots are rendered again.', 'film.quality': 'Quality', 'film.quality.makes': 'All shots are rendered again; pictures and voices stay.',
  'mood.calm': 'Calm', 'mood.happy': 'Happy', 'mood.epic': 'Epic', 'mood.mysterious': 'Mysterious', 'mood.sad': 'Sad', 'mood.tense': 'Tense',
  'captions.clean': 'Clean', 'captions.bold': 'Bold', 'captions.documentary': 'Documentary', 'captions.children': 'Children',
  'aspect.16:9': 'wide', 'aspect.9:16': 'tall', 'aspect.1:1': 'square', 'quality.preview': 'Preview: fast', 'quality.standard': 'Standard', 'quality.best': 'Best',
  'remake': 'Changes', 'remake.one': '1 change', 'remake.many': '{n} changes', 'remake.asking': 'Estimating…', 'remake.and': ' · ', 'remake.comma': ', ',
  'remake.voice': '1 voice', 'remake.voices': '{n} voices', 'remake.picture': '1 picture', 'remake.pictures': '{n} pictures', 'remake.shot': '1 shot', 'remake.shots': '{n} shots',
  'remake.about': 'about {s} s', 'remake.make': 'Make film', 'remake.discard': 'Discard', 'remake.begun': 'The changes are being made.', 'remake.making': 'Making shots {shots}',
  'remake.sound': 'Making sound and film', 'remake.left': 'about {s} s left', 'remake.progress': 'Progress', 'remake.cancel': 'Cancel',
  'tl': 'Timeline', 'tl.empty': 'It fills as soon as the first picture is there.', 'tl.shots': 'Shots', 'tl.captions': 'Captions', 'tl.voice': 'Voice', 'tl.music': 'Music',
  'tl.bpm': '{n} bpm', 'tl.grid': 'Beats', 'tl.gridHint': 'Show the beats that shots snap to (B)', 'tl.zoom': 'Zoom', 'tl.in': 'Zoom in', 'tl.out': 'Zoom out', 'tl.fit': 'Fit', 'tl.drawn': 'Ruler in seconds, bars and beats; voices, and music that steps back under them',
  'tl.beats': '{n} beats', 'tl.least': '{n} beats: the narration needs them', 'tl.shot': 'Shot {n} of {all}, {from} to {to}, {beats} beats', 'tl.making': 'being made',
  'tl.moved': 'Now shot {n} of {all}', 'tl.removed': 'Shot {n} is out', 'tl.last': 'The last shot stays.', 'tl.undo': 'Undo',
  'versions': 'Versions', 'versions.none': 'No film has been made yet.', 'versions.nth': 'Version {n}', 'versions.current': 'current', 'versions.unmade': 'not finished',
  'versions.restore': 'Restore', 'versions.restoreNth': 'Restore version {n}', 'versions.restored': 'Version {n} is back',
  'versions.ofShot': 'Versions of this shot', 'versions.takeNth': 'Take this shot from version {n}', 'versions.same': 'All versions show this shot as it is now.',
  'conflict': 'Changed elsewhere too', 'conflict.why': 'This film was changed in another place while you worked on it. Yours is kept here until you choose.',
  'conflict.field': 'Field', 'conflict.mine': 'Mine', 'conflict.theirs': 'Theirs', 'conflict.keep': 'Keep mine', 'conflict.take': 'Take theirs', 'field.title': 'Title',
  'field.topic': 'Topic', 'field.style': 'Style', 'field.seconds': 'Seconds', 'field.language': 'Language', 'field.template': 'Template', 'field.captions': 'Caption', 'field.visuals': 'Picture', 'field.redo': 'Take',
  'field.order': 'Order', 'field.voice': 'Voice', 'field.bpm': 'Tempo', 'field.mood': 'Mood', 'field.aspect': 'Format', 'field.beats': 'Length', 'field.motions': 'Camera', 'field.transitions': 'Comes in by',
  'field.caption_style': 'Captions', 'field.quality': 'Quality', 'field.music': 'Music', 'field.media': 'Own picture', 'field.added': 'Added shot', 'field.locked': 'Locked',

  // --- publish

  // --- library, campaign, operations

  // --- problems
};
