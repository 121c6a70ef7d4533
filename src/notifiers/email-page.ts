import { escapeHtml } from '../template/escape.ts';

/** What a mail is made of: its parts stand below each other on one card. */
export interface MailPage {
  readonly title: string;
  /** What an inbox shows beside the subject. */
  readonly preview: string;
  /** Of the card's upper edge. */
  readonly colour: string;
  /** HTML, escaped already; empty ones take no room. */
  readonly parts: readonly string[];
  readonly footer: string;
}

/**
 * Tables and inline styles, because mail clients know little else; one column that a phone shows without zooming; dark colours where
 * the client asks for them.
 */
export function mailPage({ title, preview, colour, parts, footer }: MailPage): string {
  return `<!DOCTYPE html>
<html lang="en"><head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head><body class="page" style="margin:0;padding:0;background:#f3f5f7;color:#1f2328;font-family:${FONTS}">
<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preview)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:640px;background:#ffffff;border:1px solid #d5dbe1;border-top:5px solid ${colour};border-radius:8px">
${parts
  .filter((part) => part !== '')
  .map((part) => `<tr><td style="padding:8px 20px">${part}</td></tr>`)
  .join('\n')}
<tr><td class="line" style="padding:12px 20px 16px;border-top:1px solid #e6eaef"><p class="quiet" style="${SMALL}">${escapeHtml(footer)}</p></td></tr>
</table>
</td></tr></table>
</body></html>
`;
}

const FONTS = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
export const SMALL = 'margin:0;font-size:13px;line-height:1.5;color:#59636e';
const STYLE = `
@media (prefers-color-scheme: dark) {
  .page { background: #0d1117 !important; color: #e6edf3 !important; }
  .card { background: #161b22 !important; border-left-color: #30363d !important; border-right-color: #30363d !important; border-bottom-color: #30363d !important; }
  .line { border-color: #30363d !important; }
  .quiet { color: #9198a1 !important; }
  .ink { color: #e6edf3 !important; }
  .plain { background: #21262d !important; color: #e6edf3 !important; border-color: #3d444d !important; }
}
@media (max-width: 480px) {
  .title { font-size: 19px !important; }
  .measure { font-size: 22px !important; }
  .button { display: block !important; margin: 0 0 8px !important; text-align: center !important; }
  .name { width: 84px !important; }
}`;

/** A link that looks like a button. */
export function mailButton(label: string, url: string, first: boolean): string {
  const [cls, look] = first
    ? ['button', 'background:#1f6feb;color:#ffffff;border:1px solid #1f6feb']
    : ['button plain', 'background:#f6f8fa;color:#1f2328;border:1px solid #d5dbe1'];
  return `<a class="${cls}" href="${escapeHtml(url)}" style="display:inline-block;margin:4px 8px 4px 0;padding:11px 22px;border-radius:6px;font-size:15px;font-weight:600;text-decoration:none;${look}">${label}</a>`;
}
