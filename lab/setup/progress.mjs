/** Shorter steps are not worth a line while they run. */
const quietMs = 1000;
const spinnerMs = 100;
/** On a log that nobody redraws, a sign of life this often. */
const lineMs = 15_000;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const eraseLine = '\r\u001b[2K';

/**
 * Runs `work(say)` and shows on standard error that it goes on: one moving line on a terminal, plain lines
 * elsewhere. `say` tells what is being done just now. Ends with one line that says how long it took.
 */
export async function showStep(title, work, { stream = process.stderr, asks = false } = {}) {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  // A spinner would overwrite a password prompt.
  const moves = stream.isTTY === true && !asks;
  let detail = '';
  let frame = 0;
  const line = () => `${title}${detail === '' ? '' : `: ${detail}`}`;
  const draw = () => {
    frame = (frame + 1) % frames.length;
    const text = `${frames[frame]} ${elapsed().toFixed(0)} s  ${line()}`;
    stream.write(`${eraseLine}${text.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  if (!moves) stream.write(`… ${title}\n`);
  let timer = setTimeout(() => {
    timer = setInterval(
      moves ? draw : () => stream.write(`… ${line()} (${elapsed().toFixed(0)} s)\n`),
      moves ? spinnerMs : lineMs,
    );
  }, quietMs);
  const end = (mark) => {
    clearTimeout(timer);
    stream.write(`${moves ? eraseLine : ''}${mark} ${title} (${elapsed().toFixed(1)} s)\n`);
  };
  try {
    const result = await work((text) => {
      detail = text;
    });
    end('✓');
    return result;
  } catch (error) {
    end('✗');
    throw error;
  }
}
