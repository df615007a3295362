// Unpacks the browser where it is started from: node unpack.mjs DIRECTORY
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const directory = process.argv[2];
const packed = `${directory}/node_modules/@sparticuz/chromium/bin`;
for (const [from, to] of [["chromium.br", "chromium"], ["al2023.tar.br", "libraries.tar"]]) {
  await pipeline(
    createReadStream(`${packed}/${from}`),
    createBrotliDecompress(),
    createWriteStream(`${directory}/${to}`),
  );
}
