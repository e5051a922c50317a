import { attributeText, elementText } from '../markup.ts';

/** A link to a file or folder beside the report; what follows the path (frame, line) is shown, not linked to. */
export function evidenceLink(evidence: string): string {
  const path = /^[^#\s]*?(?=#|:\d|\s|$)/.exec(evidence)?.[0] ?? '';
  if (path === '') return elementText(evidence);
  const encoded = path.split('/').map(encodePart).join('/');
  // With a leading `./` no name can be taken for a scheme.
  const address = path.startsWith('/') ? encoded : `./${encoded}`;
  return `<a href="${attributeText(address)}">${elementText(evidence)}</a>`;
}

function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}
