/** The fenced blocks of a Markdown page in one language, in order. */
export function codeBlocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].flatMap(({ 1: tag, 2: code = '' }) =>
    tag === language ? [code] : [],
  );
}
