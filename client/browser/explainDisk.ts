import * as vscode from 'vscode';

/** Says in the place of a disk's viewer where it is shown: what the viewer reads, a browser cannot. */
export function explainDisks(text: string): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: (_, { webview }) => {
      webview.html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>Disk Viewer</title>
</head>
<body>
<main id="page"><p>${text}</p></main>
</body>
</html>
`;
    },
  };
  return vscode.Disposable.from(
    ...['cloudImages.disk', 'cloudImages.rawDisk'].map((name) =>
      vscode.window.registerCustomEditorProvider(name, provider),
    ),
  );
}
