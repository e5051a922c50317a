/** Control characters but tab, line feed and carriage return; lone surrogates; the two that XML 1.0 forbids. */
const unprintable = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]|\p{Surrogate}/gu;

/**
 * Text of a guest or a test with what no terminal, XML or HTML should get replaced by something visible:
 * C0 characters by their pictures (U+2400 plus the code), DEL by its own, everything else by U+FFFD.
 */
export function visibleText(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\uFFFD';
  });
}
