import { StorageCRC64Calculator } from '@azure/storage-common';

/** The CRC64 of Azure Storage, base64 of its bytes from the lowest on. */
export async function crc64Of(bytes: Buffer): Promise<string> {
  await StorageCRC64Calculator.init();
  const calculator = new StorageCRC64Calculator();
  return Buffer.from(calculator.final(bytes, bytes.length)).toString('base64');
}
