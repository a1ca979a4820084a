/** Puts what any store tells beside campaign groups under numbers of this database. */
import { type MovedRow, textIn, without } from '../../apply/migration/moved-row.js';
import type { RowWriter } from './row-writer.js';

const OF_CALLBACKS = [
  ...['callback_events', 'callback_attachments', 'callback_notifications', 'callback_interactions', 'callbacks'],
];
/** Tables by another name here. */
const NAMED: Readonly<Record<string, string>> = { settings: 'callback_settings' };

export class OtherWriting {
  readonly #write: RowWriter;

  constructor(write: RowWriter) {
    this.#write = write;
  }

  /** `isNew`: nothing is there that may have the same name. */
  put({ table, values }: MovedRow, isNew: boolean): void {
    if (!isNew) this.#removeNamed({ table, values });
    if (!('of_service_id' in values)) {
      this.#write.insert(NAMED[table] ?? table, values);
      return;
    }
    const callbackNo = this.#callbackNo(textIn(values, 'of_source'), textIn(values, 'of_service_id'));
    this.#write.insert(table, { ...without(values, ['of_source', 'of_service_id']), callback_no: callbackNo });
  }

  #callbackNo(source: string, serviceId: string): number | null {
    return this.#write.number(
      'SELECT callback_no FROM callbacks WHERE source = ? AND service_id = ?',
      source,
      serviceId,
    );
  }

  /** What was moved before, in a unit that it does not belong to any more. */
  #removeNamed({ table, values }: MovedRow): void {
    const text = (name: string) => textIn(values, name);
    if (table === 'callbacks') {
      const callbackNo = this.#callbackNo(text('source'), text('service_id'));
      if (callbackNo !== null) this.removeCallbacks('callback_no = ?', callbackNo);
    }
    if (table === 'quarantine') this.#write.run('DELETE FROM quarantine WHERE id = ?', text('id'));
    if (table === 'legacy_callback_events') {
      const sql = 'DELETE FROM legacy_callback_events WHERE source = ? AND digest = ?';
      this.#write.run(sql, text('source'), text('digest'));
    }
  }

  removeCallbacks(which: string, ...values: readonly number[]): void {
    for (const table of OF_CALLBACKS) {
      const sql = `DELETE FROM ${table} WHERE callback_no IN (SELECT callback_no FROM callbacks WHERE ${which})`;
      this.#write.run(sql, ...values);
    }
  }

  removeWhole(table: string): void {
    this.#write.run(`DELETE FROM ${NAMED[table] ?? table}`);
  }
}
