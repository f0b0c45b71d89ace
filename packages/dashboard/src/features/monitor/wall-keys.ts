/** The keys of the wall. One list for what they do and for the help that names them. */

export const WALL_KEYS = [
  { id: 'help', keys: ['?'] },
  { id: 'fullScreen', keys: ['f'] },
  { id: 'range', keys: ['1', '2', '3'] },
  { id: 'pause', keys: ['p'] },
  { id: 'load', keys: ['l'] },
  { id: 'skip', keys: ['s'] },
  { id: 'rows', keys: ['↑', '↓'] },
  { id: 'open', keys: ['Enter'] },
  { id: 'acknowledge', keys: ['a'] },
  { id: 'rewind', keys: ['[', ']'] },
  { id: 'slider', keys: ['←', '→'] },
  { id: 'live', keys: ['Esc'] },
  { id: 'holds', keys: ['h'] },
  { id: 'nodes', keys: ['n'] },
  { id: 'slow', keys: ['d'] },
  { id: 'theme', keys: ['t'] },
  { id: 'language', keys: ['g'] },
  { id: 'lookUp', keys: ['/'] },
] as const

export type WallKey = (typeof WALL_KEYS)[number]['id']
