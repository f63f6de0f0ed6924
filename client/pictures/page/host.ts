import { config } from '@vscode/l10n';
import type { PageEvent, Translation } from '../protocol.ts';

interface Editor {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Editor;

/** The extension, as a page knows it. `State` is what the page keeps of itself while it is hidden, and over a reload. */
export interface Host<FromPage, State> {
  post(message: FromPage): void;
  /** Nothing of it need be there. */
  readonly state: Partial<State>;
  keep(state: Partial<State>): void;
}

interface Kept {
  readonly own?: object;
  readonly scrolled?: number;
  /** Ids of what is folded out. */
  readonly open?: readonly string[];
}

/**
 * Connects a page with the extension: tells it that the page has loaded, and the page what the extension says. What is folded
 * out is kept, and where the page was scrolled to, which is found again once it is as long as it was. Called once, by the page's
 * `main.ts`.
 */
export function connectHost<ToPage, FromPage, State extends object = Record<never, never>>(
  receive: (message: ToPage, host: Host<FromPage, State>) => void,
): Host<FromPage, State> {
  const editor = acquireVsCodeApi();
  let kept = (editor.getState() ?? {}) as Kept;
  let scrollTo = kept.scrolled ?? 0;
  const save = (more: Kept): void => {
    kept = { ...kept, ...more };
    editor.setState(kept);
  };
  const tell = (event: PageEvent): void => editor.postMessage(event);
  const host: Host<FromPage, State> = {
    post: (message) => editor.postMessage(message),
    get state() {
      return (kept.own ?? {}) as Partial<State>;
    },
    keep: (state) => save({ own: { ...kept.own, ...state } }),
  };
  window.addEventListener('error', ({ message }) => tell({ kind: 'failed', text: message }));
  window.addEventListener('unhandledrejection', ({ reason }) =>
    tell({ kind: 'failed', text: String(reason) }),
  );
  let toOpen = kept.open ?? [];
  window.addEventListener('message', ({ data }: MessageEvent<ToPage | Translation>) => {
    if (isTranslation(data)) return config({ contents: data.texts });
    receive(data, host);
    for (const id of toOpen) document.getElementById(id)?.setAttribute('open', '');
    toOpen = toOpen.filter((id) => !document.getElementById(id));
    if (scrollTo === 0 || document.documentElement.scrollHeight < scrollTo + window.innerHeight) return;
    window.scrollTo(0, scrollTo);
    scrollTo = 0;
  });
  for (const move of ['wheel', 'keydown', 'pointerdown'])
    window.addEventListener(move, () => {
      scrollTo = 0; // the person is elsewhere by now
    });
  document.addEventListener('scrollend', () => save({ scrolled: window.scrollY }));
  const saveOpen = (): void =>
    save({ open: [...document.querySelectorAll('details[open][id]')].map(({ id }) => id) });
  document.addEventListener('toggle', saveOpen, true);
  tell({ kind: 'loaded' });
  return host;
}

function isTranslation(message: unknown): message is Translation {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'translation'
  );
}
