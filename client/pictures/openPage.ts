import * as vscode from 'vscode';
import { isPageEvent, type PageEvent, type Translation } from './protocol.ts';

/** What a page is, and who answers it. `ToPage` and `FromPage` stand in the `protocol.ts` of its room. */
export interface PageParts<FromPage> {
  /** The folder dist/pictures. */
  readonly pictures: vscode.Uri;
  /** The room that it is bundled from: `client/ROOM/page/main.ts` and `main.css`. */
  readonly room: string;
  readonly title: string;
  readonly log: Pick<vscode.LogOutputChannel, 'error'>;
  /** The page has loaded, and knows nothing: at first, and again whenever it was hidden, moved or loaded anew. */
  loaded(): void;
  receive(message: FromPage): void;
}

export interface OpenPage<ToPage> extends vscode.Disposable {
  /** Tells the page something. What it is told before it has loaded is lost, since `loaded` asks for everything. */
  post(message: ToPage): void;
}

/** Options of a panel whose webview is given to `openPage`. */
export const pageOptions = { enableFindWidget: true, retainContextWhenHidden: false } as const;

/** Shows a page of ours in a webview. Ends with what is returned, or with the webview. */
export function openPage<ToPage, FromPage extends { readonly kind: string }>(
  webview: vscode.Webview,
  { pictures, room, title, log, loaded, receive }: PageParts<FromPage>,
): OpenPage<ToPage> {
  let isLoaded = false;
  const listening = webview.onDidReceiveMessage((message: FromPage | PageEvent) => {
    if (!isPageEvent(message)) receive(message);
    else if (message.kind === 'failed') log.error(`The page of ${title} failed: ${message.text}`);
    else {
      isLoaded = true;
      const { bundle } = vscode.l10n;
      if (bundle) void webview.postMessage({ kind: 'translation', texts: bundle } satisfies Translation);
      loaded();
    }
  });
  webview.options = { enableScripts: true, localResourceRoots: [pictures] };
  webview.html = renderPage(webview, pictures, room, title);
  return {
    post: (message) => {
      if (isLoaded) void webview.postMessage(message);
    },
    dispose: () => {
      isLoaded = false;
      listening.dispose();
    },
  };
}

/** An empty page with script and styles of our own alone: nothing inline, nothing from outside of `pictures`. */
function renderPage(webview: vscode.Webview, pictures: vscode.Uri, room: string, title: string): string {
  const locate = (file: string): string =>
    escapeHtml(webview.asWebviewUri(vscode.Uri.joinPath(pictures, file)).toString());
  const source = webview.cspSource;
  return `<!DOCTYPE html>
<html lang="${vscode.l10n.bundle ? escapeHtml(vscode.env.language) : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${source}; style-src ${source}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${locate('base.css')}">
<link rel="stylesheet" href="${locate(`${room}.css`)}">
</head>
<body>
<main id="page" tabindex="-1"></main>
<p id="announcements" class="unseen" role="status"></p>
<script src="${locate(`${room}.js`)}"></script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
