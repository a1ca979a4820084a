import { describe, expect, it } from 'vitest';
import { fileNameFault } from '../../../src/domain/file-name.js';

describe('the name of a file', () => {
  it.each([
    './data/ocs-monitor.db',
    '/var/lib/x.db',
    'x',
    '../x.db',
    'C:\\data\\x.db',
    'C:/data/x.db',
    'a:b.db',
    '.db',
  ])('can be %j', (name) => {
    expect(fileNameFault(name)).toBeNull();
  });

  it.each([
    ...['', ' ', '\t', '\u00a0', 'x.db ', ' x.db', 'x.db\n', 'x\u0000.db', '\u0000'],
    ...[':memory:', ':Memory:', ':temp:', ':memory: ', 'file::memory:', 'file:x.db?mode=memory', 'file:x.db', 'FILE:x'],
    ...['x.db?mode=memory&cache=shared', '?', '.', '..', './', 'data/', 'data/..', '/', 'sqlite:x.db', 'http://host/x'],
  ])('cannot be %j', (name) => {
    expect(fileNameFault(name)).not.toBeNull();
  });
});
