import { fileURLToPath } from 'node:url';

/** The agent as one CommonJS file, which Node loads faster than modules; equal sources give equal bytes. */
export async function bundleAgent(): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./agent.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('the agent bundle is empty');
  return file.contents;
}
