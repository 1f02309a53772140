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
/* The preview: its pure maths (core/), and what its page and its worker tell each other. */
export interface TimelineMaths {
  frameOfBeat(beat: number, fps: number, bpm: number): number;
  cuts(beats: number[], fps: number, bpm: number): number[];
  canvas(aspect: string, height: number): [width: number, height: number];
  leadMs(index: number): number;
  comingIn(index: number, wanted: Transition, beats: number[], bpm: number, fps: number): { transition: Transition; transitionFrames: number };
  leastBeats(narrationMs: number, index: number, last: boolean, bpm: number, fps: number): number;
  snapToBeat(frame: number, fps: number, bpm: number): number;
  motionOf(id: string, seed: number): Motion;
}
/** Centre (x, y) as shares of the picture, enlarged `zoom` times. */
export interface Window { x: number; y: number; zoom: number }
export interface Move { start: Window; end: Window }
export type Rect = [left: number, top: number, across: number, down: number];
export interface CameraMaths {
  move(motion: string, seconds: number, depth?: number): Move;
  at(move: Move, frame: number, frames: number): Window;
  rect(window: Window, width: number, height: number): Rect;
  enlarged(side: number, zoom: number): number;
  cover(width: number, height: number, aspect: number, focus: [number, number]): Rect;
}
/** `made`: brief and edits of the film that the snapshot's timeline is of, where they are known. */
export interface SceneMaths {
  sceneOf(snapshot: Snapshot, doc: Doc, made?: Pick<Doc, 'brief' | 'edits'> | null): Scene | null;
  shotAt(scene: Scene, frame: number): SceneShot | undefined;
  msOf(scene: Scene, frame: number): number;
  frameAt(scene: Scene, ms: number): number;
  shown(snapshot: Snapshot, edits: Edits, laid: string[] | null): string[];
  same(one?: Media | null, other?: Media | null): boolean;
  pictureOf(shot: Shot | undefined, segment: SegmentState | undefined, draft: Asset | null | undefined, media: Media | undefined, taken: boolean | null | undefined, size: [number, number]): ScenePicture | null;
  picture(asset: Asset, width: number, height: number, more: Partial<ScenePicture>): ScenePicture;
  unchanged(scene: SceneShot, shot?: Shot): boolean;
}
export type Brush = OffscreenCanvasRenderingContext2D;
export interface Group { depth: number; bitmap: ImageBitmap }
export interface Drawn { groups: Group[] | null; used: number; ready: Promise<void> }
export interface DrawingParts {
  need(name: string, make: () => Promise<Group[]>, now?: boolean): Drawn | null;
  fetched(url: string): Promise<ImageBitmap>;
  grouped(picture: ScenePicture, layers: ScenePicture['layers'], size: [number, number], pan: boolean): Promise<Group[]>;
  view(shot: SceneShot, brush: Brush, now?: boolean): Drawn | null;
  sheet(url: string, now?: boolean): Drawn | null;
  beside(shot: SceneShot, step: number): SceneShot | undefined;
  ends(shot: SceneShot): number;
  camera(shot: SceneShot, depth?: number): Move;
  /** false where something else had to stand in for what is to be seen. */
  show(brush: Brush, shot: SceneShot, index: number): boolean;
  draw(brush: Brush, frame: number): boolean;
  wiped(brush: Brush, share: number): void;
  letters(brush: Brush, shot: SceneShot, index: number): boolean;
  live(brush: Brush, shot: SceneShot, index: number): void;
  wrapped(brush: Brush, text: string, room: number): string[];
  pixels(id: number, frame: number): Promise<void>;
}
/** Weight, outline (in text sizes) and its colour; size, width and lowest edge (shares) in wide frames and in tall ones; a panel and its rule. */
export type LookOf = [weight: number, outline: number, edge: string, wide: number[], tall: number[], panel?: string, rule?: string];
export interface Pixels { pixels: number; width: number; height: number; data: ArrayBuffer; whole: boolean }
export interface Sound { buffer: AudioBuffer; gain: number }
export type ToWorker = { canvas: OffscreenCanvas } | { scene: Scene | null } | { size: [number, number] } | { pixels: number; frame: number }
  | { clock: { playing: boolean; ms: number; at: number } } | { still: string; bitmap: ImageBitmap | null };
export type FromWorker = { still: string } | { frame: number; ms: number; at: number; took: number; whole: boolean; playing: boolean } | Pixels;

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
