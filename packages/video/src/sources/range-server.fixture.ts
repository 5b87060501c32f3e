import { existsSync, readFileSync } from 'node:fs';
import type { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface RangeServer {
  server: Server;
  address: string;
  /** Every range that was asked for, in order. */
  ranges: string[];
}

/**
 * A local server of one folder that answers range requests. Names with `whole` in them are answered without ranges,
 * with `broken` by status 500, with `short` by 50,000 bytes at most, with `half` by status 503 beyond the middle.
 */
export async function serveFolder(create: typeof createServer, folder: string): Promise<RangeServer> {
  const ranges: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // A query, as of a signed address, changes nothing.
    const name = decodeURIComponent(request.url!.slice(1).replace(/\?.*$/, ''));
    ranges.push(`${name} ${request.headers.range}`);
    if (name.includes('broken')) return response.writeHead(500).end();
    const path = join(folder, name);
    if (!existsSync(path)) return response.writeHead(404).end();
    const bytes = readFileSync(path);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range || name.includes('whole')) return response.writeHead(200).end(bytes);
    const first = Number(range[1]);
    const most = name.includes('short') ? first + 49_999 : Number.POSITIVE_INFINITY;
    const last = Math.min(Number(range[2] || Number.POSITIVE_INFINITY), bytes.length - 1, most);
    if (name.includes('half') && first > bytes.length / 2) return response.writeHead(503).end();
    if (first >= bytes.length) return response.writeHead(416).end();
    const headers = { 'content-range': `bytes ${first}-${last}/${bytes.length}`, etag: `"${bytes.length}"` };
    return response.writeHead(206, headers).end(bytes.subarray(first, last + 1));
  };
  const server = create(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ranges };
}
