import { expect, test } from 'vitest';
import { attributeText, elementText } from './markup.ts';
import { visibleText } from './visible-text.ts';

test.for([
  ['\u0000\u001b[31m', '\u2400\u241b[31m'],
  ['\t\n\r', '\t\n\r'],
  ['\u007f\u0085', '\u2421\ufffd'],
  ['\ud800x\udfff', '\ufffdx\ufffd'],
  ['\ufffe\uffff', '\ufffd\ufffd'],
  ['Grüße 🂡', 'Grüße 🂡'],
] as const)('%j is shown as %j', ([text, shown]) => {
  expect(visibleText(text)).toBe(shown);
});

test('text of an element cannot become markup', () => {
  expect(elementText(`<b>"a" & 'b'</b> ]]>\u0001`)).toBe(`&lt;b&gt;"a" &amp; 'b'&lt;/b&gt; ]]&gt;\u2401`);
});

test('text of an attribute keeps its quotes and lines', () => {
  expect(attributeText('"a"\tb\r\n<')).toBe('&quot;a&quot;&#9;b&#13;&#10;&lt;');
});
