// Serve the built pages on loopback: node serve.mjs [PORT]; 0 takes any free port. Prints the address.
import {createServer} from "node:http";
import {readFile} from "node:fs/promises";
import {extname, join, normalize} from "node:path";
import {fileURLToPath} from "node:url";

const root = fileURLToPath(new URL("dist/", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"
};

const server = createServer(async (request, response) => {
  try {
    let path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    if (path.endsWith("/")) path += "index.html";
    else if (!extname(path)) path += ".html";
    const body = await readFile(join(root, path));
    response.writeHead(200, {
      "content-type": types[extname(path)] ?? "application/octet-stream",
      // should a page ever ask for something from elsewhere, the browser refuses
      "content-security-policy": "default-src 'self' 'unsafe-inline' data: blob:",
      "cache-control": "no-store"
    });
    response.end(body);
  } catch {
    response.writeHead(404, {"content-type": "text/plain; charset=utf-8"});
    response.end("not found\n");
  }
});
server.on("error", (error) => {
  console.error(`cannot serve: ${error.message}`);
  process.exit(1);
});
server.listen(Number(process.argv[2] ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
