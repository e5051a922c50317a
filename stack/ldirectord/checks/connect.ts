import { connect } from 'node:net';
import { type Check, type ConnectSpec, down, up } from './check.ts';

/** Up when the server accepts a TCP connection, which is closed at once. */
export const checkConnect: Check<ConnectSpec> = (spec, signal) =>
  new Promise((resolve) => {
    const socket = connect({ host: spec.address, port: spec.port });
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.once('connect', () => {
      resolve(up());
      socket.destroy();
    });
    socket.once('error', (error) => resolve(down(error.message)));
  });
