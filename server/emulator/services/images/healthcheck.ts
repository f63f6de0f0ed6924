import type { Reply, Request, Routes } from '../../kernel/routes.ts';

/** `GET /healthcheck` as Oslo's middleware answers it in front of Glance: by every method, without a token, by `Accept`. */
export function healthRoute(routes: Routes, path: string): void {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) routes.on(method, path, answer);
  routes.on('HEAD', path, (_request, reply) => reply.code(204).send());
}

function answer({ headers }: Request, reply: Reply): unknown {
  const { type, text } = forms[chooseForm(headers.accept ?? '*/*')];
  return reply.type(type).send(text);
}

const forms = {
  'text/plain': { type: 'text/plain; charset=UTF-8', text: 'OK' },
  'text/html': {
    type: 'text/html; charset=UTF-8',
    text: `<HTML>
<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>
<BODY>

<H2>Result of 1 checks:</H2>
<TABLE bgcolor="#ffffff" border="1">
<TBODY>
<TR>

<TH>
Reason
</TH>
</TR>
<TR>

    <TD>OK</TD>

</TR>
</TBODY>
</TABLE>
<HR></HR>

</BODY>
</HTML>`,
  },
  'application/json': {
    type: 'application/json',
    text: JSON.stringify({ detailed: false, reasons: ['OK'] }, null, 4),
  },
} as const;

type Form = keyof typeof forms;

/** The form of the highest quality; text where none is accepted. */
function chooseForm(accept: string): Form {
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  /** The range that names a form most exactly counts. */
  const qualityOf = (form: Form): number => {
    const [main] = form.split('/');
    const named = [form, `${main}/*`, '*/*'].map((type) => ranges.find((range) => range.type === type));
    return named.find((range) => range !== undefined)?.quality ?? 0;
  };
  let best: Form = 'text/plain';
  for (const form of ['text/html', 'application/json'] as const)
    if (qualityOf(form) > qualityOf(best)) best = form;
  return best;
}
