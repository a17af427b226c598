/** An invitation to a meeting, or its withdrawal, as calendars exchange them by mail: https://www.rfc-editor.org/rfc/rfc5546 */
import ical, { ICalAttendeeRole, ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';

import type { Action } from '../../domain/action.ts';
import { PermanentError } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import type { Mail, Sender } from './message.ts';

type Meeting = PayloadOf<'calendar.invite'>;

/** The mail that an invitation or its withdrawal goes out as. The same action and moment give the same text. */
export function invitationOf(action: Action, sender: Sender, at: Date): Mail {
  const cancelled = action.operation === 'calendar.cancel';
  if (!cancelled && action.operation !== 'calendar.invite')
    throw new PermanentError(`The calendar cannot run "${action.operation ?? action.action_type}".`);
  const meeting: Meeting = action.payload;
  return {
    to: meeting.to,
    subject: `${cancelled ? 'Cancelled' : 'Invitation'}: ${meeting.summary}`,
    body: inWords(meeting, cancelled),
    calendar: { method: cancelled ? 'CANCEL' : 'REQUEST', content: calendarOf(meeting, sender, at, cancelled) },
  };
}

function calendarOf(meeting: Meeting, sender: Sender, at: Date, cancelled: boolean): string {
  const start = new Date(meeting.starts_at);
  const calendar = ical({
    prodId: '//ExecOps//ExecOps//EN',
    method: cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST,
  });
  calendar.createEvent({
    id: meeting.uid,
    sequence: meeting.sequence,
    stamp: at,
    start,
    end: endOf(meeting),
    summary: printable(meeting.summary),
    description: printable(meeting.description),
    organizer: { name: sender.name === '' ? sender.address : sender.name, email: sender.address },
    attendees: [{ email: meeting.to, role: ICalAttendeeRole.REQ, status: ICalAttendeeStatus.NEEDSACTION, rsvp: !cancelled }],
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  // The library leaves the last line open; every line ends in CRLF: https://www.rfc-editor.org/rfc/rfc5545#section-3.1
  return `${calendar.toString()}\r\n`;
}

/** For a reader whose program knows no calendars. */
function inWords(meeting: Meeting, cancelled: boolean): string {
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
  const start = new Date(meeting.starts_at);
  const when = `${day.format(start)}, ${time.format(start)} to ${time.format(endOf(meeting))} UTC`;
  return [cancelled ? 'This meeting is cancelled.' : null, when, meeting.description === '' ? null : meeting.description]
    .filter((part) => part !== null)
    .join('\n\n');
}

const endOf = ({ starts_at, duration_minutes }: Meeting): Date => new Date(Date.parse(starts_at) + duration_minutes * 60_000);

/** Control characters have no place in a calendar's text, and a lone carriage return would end a line. */
function printable(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
