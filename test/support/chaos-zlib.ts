import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

/**
 * Import this before anything that packs lines. Compression then runs in the calling thread: the order in which pool
 * threads finish is the one thing in a simulated job that its seed could not repeat.
 */
type Done = (error: Error | null, result?: Buffer) => void;

function inThread(work: (body: Buffer | string) => Buffer): (body: Buffer | string, done: Done) => void {
  return (body, done) => {
    let result: Buffer;
    try {
      result = work(body);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, result);
  };
}

Object.assign(zlib, {
  gzip: inThread((body) => zlib.gzipSync(body, { level: 1 })),
  gunzip: inThread((body) => zlib.gunzipSync(body)),
});
syncBuiltinESMExports();
