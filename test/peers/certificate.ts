// Certificates that a test makes for itself.
import { spawnSync } from 'node:child_process';

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

/** Makes one that is good for 127.0.0.1, and that nobody vouches for but itself; with days below 0 it has expired. */
export function makeCertificate(certificate: string, key: string, days: number): void {
  const request = `${certificate}.request`;
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  runProgram('openssl', 'req', '-new', ...curve, '-keyout', key, '-out', request, ...subject);
  const signing = ['-signkey', key, '-days', String(days), '-copy_extensions', 'copy'];
  runProgram('openssl', 'x509', '-req', '-in', request, ...signing, '-out', certificate);
}

/** Runs a program to its end. @throws Error with what it complained of. */
export function runProgram(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}
