import type { CheckService } from '../config/model.ts';
import type { Check, NegotiateSpec } from './check.ts';

/**
 * The services that negotiate can check, each in a file of its own that is loaded with the first check of
 * its kind. A configuration that asks for another one is refused.
 */
const services: Partial<Record<CheckService, () => Promise<Check<NegotiateSpec>>>> = {
  http: async () => (await import('./http.ts')).checkHttp,
  https: async () => (await import('./http.ts')).checkHttp,
  http_proxy: async () => (await import('./http.ts')).checkHttp,
  none: async () => (await import('./none.ts')).checkNone,
};

/** Names of the services that can be checked. */
export const checkableServices = Object.keys(services) as readonly CheckService[];

/** The check of a service. Rejects for one that is not checkable. */
export function serviceCheck(service: CheckService): Promise<Check<NegotiateSpec>> {
  const load = services[service];
  return load === undefined ? Promise.reject(new Error(`service ${service} cannot be checked`)) : load();
}
