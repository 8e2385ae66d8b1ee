// Bytes as a hex dump: offset, bytes, characters, in columns that are aligned.

/** "48656c" or "48 65 6c" as an array of numbers. */
export function bytesOfHex(hex) {
  return (hex.replace(/\s+/g, '').match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));
}

export function hexOfText(text) {
  return Array.from(new TextEncoder().encode(text), twoDigits).join('');
}

/** @param width bytes in a line */
export function hexDump(hex, width) {
  const bytes = bytesOfHex(hex);
  const lines = [];
  for (let at = 0; at < bytes.length; at += width) {
    const part = bytes.slice(at, at + width);
    const digits = part.map((byte, i) => (i > 0 && i % 8 === 0 ? ' ' : '') + twoDigits(byte)).join(' ');
    const shown = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${digits.padEnd(3 * width - 1 + Math.ceil(width / 8) - 1)}  ${shown}`);
  }
  return lines.join('\n');
}

function twoDigits(byte) {
  return byte.toString(16).padStart(2, '0');
}
