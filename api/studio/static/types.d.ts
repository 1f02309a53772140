/** What the studio's modules hand each other. The first half is the API's (docs/api.md, docs/events.md). */

export interface Asset { sha256: string; media_type: string; size_bytes: number }
export interface Media { asset: Asset; start_s?: number; volume?: number; effects?: string[] }
export type Mood = 'calm' | 'epic' | 'happy' | 'mysterious' | 'sad' | 'tense';
export type Aspect = '16:9' | '9:16' | '1:1';
export type Motion = 'push' | 'pull' | 'pan_left' | 'pan_right' | 'tilt_up' | 'tilt_down' | 'hold' | 'parallax_left' | 'parallax_right' | 'parallax_push';
export type Transition = 'cut' | 'crossfade' | 'dip' | 'wipe';

/** Only what was given is there; the server fills the rest. */
export interface Brief {
  topic: string; style?: string; seconds?: number; language?: 'en' | 'zh' | null; aspect?: Aspect; height?: number; fps?: number;
  voice?: string | null; bpm?: number | null; seed?: number; caption_style?: string; transition?: Transition; quality?: string;
  template?: string; approve?: 'script' | 'storyboard' | null; music?: Asset | null; media?: Record<string, Media>; engines?: Record<string, string>;
}
export interface Added { caption: string; visual?: string | null; mood?: Mood | null }
export interface Edits {
  captions?: Record<string, string>; visuals?: Record<string, string>; redo?: Record<string, number>; order?: string[] | null;
  voice?: string | null; bpm?: number | null; mood?: Mood | null; aspect?: Aspect | null; beats?: Record<string, number>;
  motions?: Record<string, Motion>; transitions?: Record<string, Transition>; caption_style?: string | null; quality?: string | null;
  music?: Asset | null; media?: Record<string, Media>; timing?: unknown;
  added?: Record<string, Added>; locked?: string[] | null;
}
/** What undo and autosave work on: the part of a project that a human changes. */
export interface Doc { title: string; brief: Brief; edits: Edits }

export interface Frame { asset: Asset; width: number; height: number; layers?: { asset: Asset; depth: number }[]; focus?: [number, number]; footage?: Media | null }
export interface Clip { asset: Asset; duration_ms: number; voice: string; pace: number; words: { text: string; start_ms: number; end_ms: number }[] }
export interface Cue { first: number; end: number; x: number; y: number; width: number; height: number; sheet_x: number; sheet_y: number }
/** The pictures of a shot's captions, all on one sheet; frames count from the shot's first. */
export interface Cues { sheet: Asset | null; cues: Cue[]; caption: string; style: string; width: number; height: number }
export interface SegmentState {
  id: string; draft?: string | null; writing?: string | null; caption?: string | null; visual?: string | null; mood?: Mood | null;
  frame?: { asset: Asset; width: number; height: number; draft: boolean } | null; clip?: Clip | null; shot?: unknown | null;
  cues?: Cues | null; error?: { step: string; error: string; what: string; remedy: string; retryable: boolean } | null;
}
export interface Shot {
  segment: string; beats: number; motion: Motion; transition: Transition; transition_frames: number; lead_ms: number; caption: string; frame: Frame; clip: Clip;
}
export interface Timeline { width: number; height: number; fps: number; bpm: number; language: string; caption_style: string; quality: string; encoder: string; shots: Shot[] }
export interface DraftTimeline { bpm: number; fps: number; duration_ms: number; shots: { segment: string; start_ms: number; duration_ms: number; beats: number; caption: string; asset?: Asset | null }[] }
export type RunPhase = 'queued' | 'running' | 'waiting' | 'done' | 'failed' | 'cancelled';
export interface Run { id: string; flow?: string | null; version?: number | null; state: RunPhase; gate?: string | null; until?: number | null; error?: { error: string; what: string; remedy: string; retryable: boolean } | null }
export interface Snapshot {
  last_event_id: number; title?: string | null; anchor?: any; poster?: any; segments: SegmentState[]; draft_timeline?: DraftTimeline | null; timeline?: Timeline | null;
  bed?: { asset: Asset; bpm: number; beats: number } | null; master?: Asset | null; certificate?: Asset | null; holds?: boolean | null;
  progress?: { fraction: number; seconds_left?: number | null } | null; cost?: { engine_seconds: number; money: number; by_pool: Record<string, number> } | null; runs: Run[];
}
export interface Project {
  id: string; title: string; revision: number; brief: Brief; edits: Edits; state: 'draft' | RunPhase; run: string | null; version: number | null;
  film: any | null; snapshot: Snapshot; last_event_id: number; events: string; created: string; updated: string;
}
/** RFC 9457, as every error of the API is told; `status` 0: nothing answered. */
export interface Problem { type: string; title: string; status: number; detail: string; remedy?: string; errors?: { field?: string; fault?: string }[]; retry_after?: number; etag?: string }

/** What is on screen, ready to be drawn and heard: made by core/scene.js of a snapshot and a document; everything in frames and pixels of the film. */
export interface Scene {
  width: number; height: number; fps: number; bpm: number; frames: number; beats: number; language: string; captionStyle: string;
  /** How far it is from what will be rendered: draft pictures and guessed lengths; edited but not yet made; made. */
  stage: 'draft' | 'edited' | 'made';
  shots: SceneShot[]; bed: { url: string; key: string } | null;
}
export interface SceneShot {
  id: string; first: number; frames: number; startBeat: number; beats: number; leastBeats: number; motion: Motion; transition: Transition; transitionFrames: number; leadMs: number;
  picture: ScenePicture | null; caption: string; cues: Cue[]; sheet: string | null;
  /** Whether `cues` are what will be rendered; otherwise the caption is drawn as live text. */
  lettered: boolean;
  /** `offset` (ms) from the shot's first frame. */
  voice: { url: string; key: string; offset: number; durationMs: number; words: Clip['words'] } | null;
}
export interface ScenePicture { url: string; key: string; width: number; height: number; focus: [number, number]; layers: { url: string; depth: number }[]; draft: boolean; footage: boolean }

/* ---- the timeline ---- */

export type Lane = 'ruler' | 'shots' | 'captions' | 'voice' | 'music';
/** Where a shot lies, in beats. */
export interface Laid { shot: SceneShot; index: number; start: number; beats: number }
/** A shot in the hand of a pointer: `to` beats long, or to be put in place `to`; `by` pixels from where it was taken. */
export interface Dragged { kind: 'beats' | 'move'; id: string; to: number; by: number }
/** What is painted of the lanes, from `left` px on. */
export interface LaneView {
  scene: Scene; clips: Laid[]; scale: number; left: number; width: number; grid: boolean; colours: { [name in 'dim' | 'edge' | 'line' | 'raised' | 'accent' | 'ok' | 'font']: string }; peaks: (key: string) => Float32Array | undefined;
}

/** A shot as the storyboard and the inspector show it: made by store.js of snapshot and document. */
export interface ShotView {
  id: string; number: number; phase: 'waiting' | 'drafted' | 'writing' | 'final'; caption: string; draft: string | null; visual: string; mood: Mood | null;
  picture: string | null; pictureDraft: boolean; voice: Clip | null; rendered: boolean; locked: boolean; added: boolean;
  /** What a human changed and no run has made yet: the next run makes it. */
  pending: ('caption' | 'visual' | 'picture' | 'media' | 'order' | 'beats' | 'motion' | 'transition' | 'new')[];
  media: Media | null; error: SegmentState['error'] | null;
}

/** The pages beside the editor. */
/** `left`: why lines were left out, their numbers, and how many. */
export interface Topics { topics: string[]; left: [why: string, holes: { n: number; lines: string }][] }
export interface Failure { error: string; what: string; remedy: string; retryable: boolean }
export interface ProjectLine {
  id: string; title: string; revision: number; state: 'draft' | RunPhase; run: string | null; progress: number | null; failure: Failure | null; version: number | null;
  poster: string | null; created: string; updated: string;
}
export interface ProjectPage { projects: ProjectLine[]; next: string | null }
/** A film of a campaign: not begun; begun as a project; or refused, with what was said. `tries` names its next request. */
export interface CampaignFilm { topic: string; tries: number; project?: string; problem?: Problem }
/** What the browser keeps of a campaign, so that it goes on after a reload. `on`: films are begun, as quotas allow. */
export interface Campaign { id: string; brief: Brief; films: CampaignFilm[]; on: boolean }
export interface Used { used: number; limit: number | null }
export interface Usage { day: string; runs: Used; films: Used; money: Used; engine_seconds: Used }
export interface PoolLine { pool: string; working: number; waiting: number }
export interface RunLine {
  id: string; flow: string; project: string | null; title: string | null; state: RunPhase; progress: number | null; created: string; ended: string | null; failure: Failure | null;
}
export interface Hour { hour: string; done: number; failed: number; cancelled: number }
export interface Operations {
  at: string; version: string; workers: { id: string; started: string; running: number; missing: string[]; pools: PoolLine[] }[]; pools: PoolLine[];
  engines: { setting: string; engine: string; workers: number }[]; counts: Record<'queued' | 'running' | 'waiting', number>; under_way: RunLine[]; failed: RunLine[];
  spent: { day: string; engine_seconds: number; money: number; by_pool: Record<string, number> }; steps: { step: string; count: number; mean_seconds: number }[]; hours: Hour[];
}
/** A bar of a plot: its name, its value, and the value in words. */
export interface Bar { name: string; value: number; text: string }

/* ---- state and connection ---- */

/** The edits and the brief that a film was made of. */
export interface Made { brief: Brief; edits: Edits }
/** Something that the next run makes; `shot` null: for the whole film. */
export interface Pending { shot: string | null; what: ShotView['pending'][number] | 'removed' | 'brief' | 'voice' | 'bpm' | 'mood' | 'aspect' | 'caption_style' | 'quality' | 'music' }
/** A problem, and what was being done. */
export interface Trouble extends Problem { about: 'open' | 'create' | 'save' | 'run' | 'versions' }
export interface VersionLine { number: number; run: string; made: boolean; current: boolean; created: string }
export interface Version extends VersionLine { brief: Brief; edits: Edits; film: any | null }
export interface Estimate {
  seconds: { low: number; likely: number; high: number }; engine_seconds: number; money: number; segments: number; compared_with: number | null;
  spoken: string[]; drawn: string[]; rendered: string[];
}
/** A change that can be undone. */
export interface Step { label: string; key?: string | undefined; at: number; before: Doc; after: Doc }
/* The preview: what its page and its worker tell each other. */
export interface Group { depth: number; bitmap: ImageBitmap }
export interface Drawn { groups: Group[] | null; bytes: number; used: number; ready: Promise<void> }
export interface LookOf { weight: number; colour: string; edge: string; outline: number; size: [number, number]; width: [number, number]; bottom: [number, number]; upper?: boolean; panel?: string; rule?: string }
export type ToWorker = { canvas: OffscreenCanvas } | { scene: Scene | null } | { size: [number, number] } | { pixels: number; frame: number }
  | { clock: { playing: boolean; ms: number; at: number } } | { still: string; bitmap: ImageBitmap | null };
export type FromWorker = { still: string } | { frame: number; ms: number; at: number; took: number; whole: boolean; playing: boolean }
  | { pixels: number; width: number; height: number; data: ArrayBuffer; whole: boolean };

/* ---- publishing ---- */

export interface Figure { name: string; value: string | number | null; unit: string; limit: string; holds: boolean | null; decides: boolean }
/** What a film has and lacks for being published. */
export interface Checks {
  version: number; ready: boolean; duration_ms: number; width: number; height: number;
  certificate: { holds: boolean; reason: string; figures: Figure[] }; label: { holds: boolean; comment: string; c2pa: boolean; xmp: boolean };
  rights: { needed: boolean; shots: { segment: string; number: number; media_type: string }[]; song: boolean };
  captions: { holds: boolean; style: string; language: string; cues: number };
}
export interface Publication {
  slug: string; url: string; qr: string; embed: string | null; download: boolean; version: number; title: string; created: string; published: string; withdrawn: string | null;
}
/** What the dialog knows. */
export interface Publishing { checks?: Checks; live?: Publication; problem?: Problem | null; busy?: boolean }
