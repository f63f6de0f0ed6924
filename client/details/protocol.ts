import type { BlockMap } from '../../server/disks/blockStates.ts';

/** A details page as data: what the extension host makes of what it knows, and the page lays out. */
export interface DetailsPage {
  readonly title: string;
  /** The state of the image, task or server, in one word. */
  readonly status: string;
  /** What the person has to know before all else: that it is deleted, that the cloud does not answer. */
  readonly notice?: string;
  readonly actions: readonly PageAction[];
  readonly sections: readonly Section[];
}

/** A button; one with a reason cannot be used. */
export interface PageAction {
  readonly id: string;
  readonly title: string;
  readonly reason?: string;
}

/** A part of the page. It is drawn anew where its data differ, so that nothing else loses its place. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly about?: string;
  readonly state: SectionState;
  readonly parts: readonly Part[];
  /** A button to read it again, of what no cloud reports by itself. */
  readonly again?: string;
}

/** `asked`: read where the person asks for it by the button `verb`. */
export type SectionState =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'asked'; readonly verb: string };

export type Part =
  | { readonly kind: 'words'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'facts'; readonly rows: readonly Fact[] }
  | ({ readonly kind: 'table' } & Table)
  | ({ readonly kind: 'timeLine' } & TimeLine)
  | ({ readonly kind: 'strip' } & Strip)
  /** The picture of the blocks whose map comes by itself. */
  | { readonly kind: 'blocks'; readonly id: string; readonly caption: string };

export type Tone = 'good' | 'warning' | 'error' | 'quiet';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What it means, in a sentence. */
  readonly about?: string;
  /** It can be copied by a button. */
  readonly copies?: true;
  readonly tone?: Tone;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** `open`: what a click shows, as `image/ID`, `server/ID`, `task/ID`, `object/CONTAINER/NAME`. */
export type Cell = string | { readonly text: string; readonly open?: string; readonly tone?: Tone };

export interface TimeLine {
  readonly caption: string;
  readonly stages: readonly Stage[];
  /** Milliseconds that this window's clock is before the cloud's, by which the times are. */
  readonly ahead?: number;
  readonly estimate?: Estimate;
}

/** Times are milliseconds. A stage without `from` is yet to come; one without `to` runs, or ended when nobody looked. */
export interface Stage {
  readonly name: string;
  readonly about: string;
  readonly state: 'done' | 'running' | 'waiting' | 'failed' | 'ahead';
  readonly from?: number;
  readonly to?: number;
  /** 0 to 1, where the cloud tells. */
  readonly progress?: number;
}

export interface Estimate {
  /** When all of it would end. */
  readonly until: number;
  readonly because: string;
}

/** Things of different sizes one after the other, such as segments: in the picture as wide as they are large. */
export interface Strip {
  readonly caption: string;
  readonly head: readonly string[];
  readonly pieces: readonly {
    readonly share: number;
    readonly state: 'there' | 'missing' | 'replaced';
    readonly cells: readonly Cell[];
  }[];
}

/** Told to the page. */
export type ToDetails =
  /** Before the page that has its picture, and once: maps can be large. */
  | { readonly kind: 'map'; readonly id: string; readonly map: BlockMap }
  | { readonly kind: 'show'; readonly subject: Subject; readonly page: DetailsPage };

/** Told by the page. */
export type FromDetails =
  /** A button of the page's own actions. */
  | { readonly kind: 'act'; readonly action: string }
  /** A link: see `Cell`. */
  | { readonly kind: 'open'; readonly what: string }
  | { readonly kind: 'copy'; readonly text: string }
  /** Reads a section for the first time, or again. */
  | { readonly kind: 'read'; readonly section: string }
  /** The first content stands. */
  | { readonly kind: 'drawn' };

/** What a page is of, and where that is. */
export interface Subject {
  readonly kind: 'image' | 'task' | 'server';
  readonly id: string;
  readonly cloudId: string;
  readonly region: string;
}

/** What a page keeps of itself, by which it is opened again after a reload. */
export interface KeptDetails {
  readonly subject: Subject;
  /** How the blocks of each picture are looked at. */
  readonly views: Readonly<Record<string, object>>;
}
