/**
 * When the configuration file counts as changed: its text differs from the one in force, and two looks
 * in a row saw the same. A file that is still being written differs from look to look, and the half of a
 * file can be a valid configuration with services missing.
 */
import { after, type Instant } from '../../time.ts';
import type { Effect } from './effect.ts';
import { lookInterval, type State } from './state.ts';

type Stepped = readonly [State, readonly Effect[]];

export function startLook(state: State, now: Instant): Stepped {
  if (state.lookAt > now || state.phase !== 'running') return [state, []];
  return [{ ...state, lookAt: after(now, lookInterval) }, [{ kind: 'look-at-config' }]];
}

export function afterLook(state: State, text: string): Stepped {
  if (state.phase !== 'running' || text === state.configText) return [{ ...state, candidate: undefined }, []];
  if (text !== state.candidate) return [{ ...state, candidate: text }, []];
  const { file, autoReload, callback } = state.config;
  const effects: Effect[] = [log(`Configuration file '${file}' has changed on disk`)];
  if (autoReload) effects.push(log(' - reread new configuration'), { kind: 'load-config' });
  else effects.push(log(' - ignore new configuration'));
  if (callback !== undefined) effects.push({ kind: 'run-callback', command: callback, configFile: file });
  return [{ ...state, configText: text, candidate: undefined }, effects];
}

function log(text: string): Effect {
  return { kind: 'log', text };
}
