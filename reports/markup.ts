import { visibleText } from './visible-text.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text for an element of XML or HTML: markup is escaped, and what XML cannot hold is made visible. */
export function elementText(text: string): string {
  return visibleText(text).replace(/[&<>]/g, (character) => entities[character] ?? character);
}

/** Text for an attribute in double quotes. White space is kept, which a parser would turn into blanks. */
export function attributeText(text: string): string {
  return elementText(text)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
