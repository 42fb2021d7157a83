// Unpack the Chromium of @sparticuz/chromium, with the libraries that a bare machine lacks.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

const packed = "node_modules/@sparticuz/chromium/bin";
const unpack = (name, target) =>
  writeFileSync(target, brotliDecompressSync(readFileSync(`${packed}/${name}.br`)), { mode: 0o755 });

for (const name of ["al2023.tar", "swiftshader.tar", "fonts.tar"]) {
  unpack(name, name);
  const done = spawnSync("tar", ["-xf", name], { stdio: "inherit" });
  if (done.status !== 0) process.exit(1);
}
unpack("chromium", "chromium");
writeFileSync(
  "fonts.conf",
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${process.cwd()}/fonts</dir><dir>/usr/share/fonts</dir></fontconfig>
`,
);
