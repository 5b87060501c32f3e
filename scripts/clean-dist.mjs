// Removes the dist of the package it is run in: chunks have hashes in their names, and old ones would be published too.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
