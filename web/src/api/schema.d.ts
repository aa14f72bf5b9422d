// Generated from httpapi/openapi.yaml by `npm run generate`. Do not edit.

export interface paths {
    "/v1/agenda": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What stands in the calendars
         * @description Bookings and holds that overlap from to to (at most 92 days), in order of their start. An agent sees the names of the own calendar's customers only.
         */
        get: operations["getAgenda"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agents */
        get: operations["listAgents"];
        put?: never;
        /** Add an agent */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change, disable or enable an agent */
        patch: operations["updateAgent"];
        trace?: never;
    };
    "/v1/agents/{agent_id}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite an agent to choose a password
         * @description Also serves as a reset. An earlier invitation no longer works.
         */
        post: operations["inviteAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent_id}/skills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An agent's skills */
        get: operations["getAgentSkills"];
        /**
         * Replace an agent's skills
         * @description Who waits for one of them is offered at once.
         */
        put: operations["setAgentSkills"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent_id}/telephone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set where an agent takes calls of customers who are on the telephone
         * @description It rings when the agent accepts such a customer. Its country has to be among the bank's countries.
         */
        put: operations["setAgentTelephone"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/me/calendar-feeds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The feeds of the own calendar */
        get: operations["listMyCalendarFeeds"];
        put?: never;
        /**
         * Subscribe to the own calendar
         * @description The address is a secret, and shown once.
         */
        post: operations["addMyCalendarFeed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/me/calendar-feeds/{feed_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a feed
         * @description The address answers 404 at once.
         */
        delete: operations["removeMyCalendarFeed"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/me/push-subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Be told of offers in this browser
         * @description By Web Push, while the console is not in sight. Idempotent by endpoint; a browser belongs to whoever added it last.
         */
        post: operations["addMyPushSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/me/push-subscriptions/{subscription_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Be told in this browser no more */
        delete: operations["removeMyPushSubscription"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API keys */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The secret is shown once.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Takes effect everywhere within 5 s.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the bank's settings */
        get: operations["getBank"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the bank's settings */
        patch: operations["updateBank"];
        trace?: never;
    };
    "/v1/booking-series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List recurring callbacks */
        get: operations["listBookingSeries"];
        put?: never;
        /**
         * Book recurring callbacks
         * @description At the same time on the wall, over every change of clocks. Each has a case and a booking of its own; what one of them meets is told there and leaves the others alone.
         */
        post: operations["createBookingSeries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/booking-series/{series_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read recurring callbacks */
        get: operations["getBookingSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/booking-series/{series_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End recurring callbacks
         * @description Those ahead are cancelled, with their cases.
         */
        post: operations["cancelBookingSeries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List bookings
         * @description from and to bound the start; in order of the start.
         */
        get: operations["listBookings"];
        put?: never;
        /**
         * Promise a time
         * @description A customer books once consents, document and form are confirmed; the bank may book sooner, and the customer is asked for the rest on the visit page. Conflicts: slot_taken, already_booked, form_not_confirmed, consent_missing.
         */
        post: operations["createBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a booking */
        get: operations["getBooking"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/calendar.ics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The booking as a calendar file
         * @description RFC 5545, METHOD REQUEST or CANCEL.
         */
        get: operations["getBookingCalendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a booking */
        post: operations["cancelBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/check-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The customer is at the branch
         * @description By the code of the customer's QR code; a person at the bank may leave it out. From check_in_minutes before the start. Repeating it changes nothing. 403 code_not_valid; Conflict: booking_closed, too_early.
         */
        post: operations["checkInBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/check-in.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The QR code to check in with
         * @description It holds VISAVIS:, the booking's id, a colon and a signature.
         */
        get: operations["getCheckInCode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The customer says that they come
         * @description Reminders that are not meant for everyone end. Repeating it changes nothing.
         */
        post: operations["confirmBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a booking
         * @description Keeps its id; the pending reminders move along. Conflict: slot_taken, in which case the old time stands.
         */
        post: operations["moveBooking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/{booking_id}/reminders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the ladder has done for a booking, and will do */
        get: operations["listBookingReminders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bookings/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the time that is held for a case
         * @description 404 hold_not_found when none is.
         */
        get: operations["getHold"];
        put?: never;
        /**
         * Hold a time while the form is filled in
         * @description Keeps the place for the scenario's hold_minutes; a booking or move to this time takes it over. A case holds one time: another one replaces it, and the same one again keeps the end that it has. Conflict: slot_taken. 429 too_many_holds when the bank holds too many.
         */
        post: operations["holdSlot"];
        /**
         * Give a held time back
         * @description It is no error when none is held.
         */
        delete: operations["releaseHold"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar-exceptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List exceptions to the week
         * @description Holidays, absences, extra hours and travel, in the order of their first day. An agent sees their own and the whole bank's.
         */
        get: operations["listCalendarExceptions"];
        put?: never;
        /**
         * Ask for or enter an exception
         * @description Approved at once when a supervisor, an administrator or the bank enters it for someone else or for the whole bank; asked for, and then approved by another person, when it is for oneself.
         */
        post: operations["createCalendarException"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar-exceptions/{exception_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An exception
         * @description One that waits for approval lists the bookings that it would leave without their agent.
         */
        get: operations["getCalendarException"];
        put?: never;
        post?: never;
        /**
         * Take an exception back
         * @description An agent takes back only what waits for approval. It stays in the history.
         */
        delete: operations["deleteCalendarException"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar-exceptions/{exception_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve an exception
         * @description Four eyes, 403 four_eyes: another person than the agent concerned and than who asked. No booking is dropped: the answer lists those that the agent no longer works for, and what became of each.
         */
        post: operations["approveCalendarException"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calendar-exceptions/{exception_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject an exception
         * @description Nothing changes.
         */
        post: operations["rejectCalendarException"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List calls
         * @description Newest first. from and to bound created_at.
         */
        get: operations["listCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a call
         * @description A customer sees state and times of their own.
         */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the notes */
        patch: operations["updateCall"];
        trace?: never;
    };
    "/v1/calls/{call_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer
         * @description The first device wins: 409 answered_elsewhere for the others, 410 call_missed when it is too late.
         */
        post: operations["answerCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the customer a code for this call
         * @description Pressed again, sends the same code again once next_send_at has passed.
         */
        post: operations["sendCallCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/code/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Type the code in
         * @description Bound to this call.
         */
        post: operations["checkCallCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/composite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the composite is */
        get: operations["getComposite"];
        put?: never;
        /**
         * Have one MP4 made of both sides
         * @description Made by a job with ffmpeg; 503 ffmpeg_missing where that is not installed. Nothing else needs it.
         */
        post: operations["requestComposite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/composite/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop making the composite
         * @description One that is complete stays.
         */
        post: operations["cancelComposite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/composite/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The composite as MP4
         * @description With Range (RFC 9110).
         */
        get: operations["getCompositeFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decline */
        post: operations["declineCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/draw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the agent was chosen
         * @description Anyone can do the draw again: docs/queue.md has the recipe.
         */
        get: operations["getCallDraw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files handed over in a call */
        get: operations["listCallFiles"];
        put?: never;
        /**
         * Hand over a file in a call
         * @description The body is the file's bytes, at most 10 MB. What it is, is seen by its content: a JPEG, PNG or WebP picture, which is made anew (metadata and anything else in it is gone), or a PDF that only wants to be read. The same file again is the same file.
         */
        post: operations["addCallFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file handed over in a call
         * @description Always as a download. Looking at it is in the audit trail.
         */
        get: operations["getCallFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/guests/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Leave as a guest, or send one away */
        delete: operations["endGuest"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hang up */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask an interpreter or helper in */
        post: operations["inviteToCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was written in a call
         * @description Chat, typed captions and files handed over, oldest first. Pages write over the call's socket.
         */
        get: operations["listCallLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/party": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who led the call, and its guests */
        get: operations["getCallParty"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How good the connections of a call were
         * @description A sample each 10 seconds a party, in order of time.
         */
        get: operations["getCallQuality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A call's recording
         * @description Parts on a common clock, with the steps as chapters.
         */
        get: operations["getCallRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording/{recording_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One part as WebM
         * @description With Range (RFC 9110).
         */
        get: operations["getRecordingFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who looked at what was recorded
         * @description Every range of bytes that was given out, the latest first.
         */
        get: operations["listRecordingAccess"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a recording under legal hold
         * @description It is not deleted until it is released, whatever its retention.
         */
        post: operations["holdRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording/record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How long a recording is kept
         * @description Retention, legal hold, and after the deletion its receipt.
         */
        get: operations["getRecordingRecord"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/recording/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a legal hold
         * @description 409 not_held when it was not held.
         */
        post: operations["releaseRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/ringing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that a device rings */
        post: operations["reportRinging"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signalling
         * @description A WebSocket; the protocol is in docs/signalling.md. The Origin must be the gateway's own.
         */
        get: operations["openCallSocket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/steps/{position}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stamp a step
         * @description Keeps the offset in the recording and a still picture.
         */
        post: operations["completeStep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/steps/{position}/still": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A step's still picture */
        get: operations["getStepStill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/supervise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Watch, whisper or join
         * @description Then open the call's socket. Again with another mode changes it. 409 seat_taken while another supervises.
         */
        post: operations["superviseCall"];
        /** Stop supervising */
        delete: operations["endSupervision"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/take-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the agent's place
         * @description When the customer is on the telephone, the supervisor's is rung. 409 agent_in_call, telephone_missing (the customer is on the telephone and the supervisor has none).
         */
        post: operations["takeOverCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/telephone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on by telephone
         * @description For the customer whose network is too bad for video, and for who leads the call, where the scenario allows it (settings.telephone.fallback): the gateway calls the customer at the number on file, and, when 1 is pressed there, the agent's telephone; the two meet, and the call keeps its id, script and recordings. How it stands is the call's telephone. Asked again while it goes on, it is answered as it stands. 403 telephone_not_allowed, number_not_allowed; 409 phone_missing, telephone_missing (the agent's), on_telephone; 429 telephone_attempts_used (5 in one call).
         */
        post: operations["callByTelephone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/telephone/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go back to video
         * @description Both telephones are hung up, and the call goes on by video: whoever is not back within the grace time ends it. Nothing happens when nobody is on the telephone.
         */
        post: operations["endCallByTelephone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offer the call to another agent
         * @description For who leads it. Cold, whoever accepts leads the call; warm, he joins as a helper until complete or cancel. The script, its stills and the recording stay. When the customer is on the telephone, the telephone of whoever accepts is rung. 409 transfer_pending, agent_away, telephone_missing (the customer is on the telephone and the target has none).
         */
        post: operations["transferCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/transfer/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a transfer back */
        post: operations["cancelTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/transfer/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand the call over to who has joined
         * @description 409 no_transfer when nobody has accepted, telephone_missing as for the offer.
         */
        post: operations["completeTransfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List campaigns
         * @description Newest first.
         */
        get: operations["listCampaigns"];
        put?: never;
        /**
         * Make a campaign
         * @description As a draft: nobody is called before it is started.
         */
        post: operations["createCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a campaign */
        get: operations["getCampaign"];
        put?: never;
        post?: never;
        /**
         * Delete a draft
         * @description With its list. A campaign that was started stays on record.
         */
        delete: operations["deleteCampaign"];
        options?: never;
        head?: never;
        /**
         * Change a campaign
         * @description What is left out stays. flow, machine_flow and class change in a draft only; the rest until it ends, from the next call on.
         */
        patch: operations["updateCampaign"];
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List contacts
         * @description The last of the list first.
         */
        get: operations["listCampaignContacts"];
        put?: never;
        /**
         * Put people on the list
         * @description Up to 1,000 at a time, in one transaction. Each is accepted, or refused with a reason that harms no other. A number is on the list once.
         */
        post: operations["addCampaignContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/contacts/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put people on the list by a CSV file
         * @description The body is the file, at most 256 MB: RFC 4180, UTF-8 with or without a byte order mark, the first row names the columns. It is read while it comes in. Columns: phone, region, customer_id, customer_reference, reference, locale, time_zone; every other one is a variable of the flow. settings.columns maps columns of other names. What is refused is in the import's report. A file that breaks off keeps the rows that came: sent again, it adds the rest.
         */
        post: operations["uploadCampaignContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export outcomes and answers
         * @description A row a contact, CSV by RFC 4180, UTF-8, streamed. Numbers are whole for programs and masked for people; texts that a spreadsheet would take for a formula begin with an apostrophe. It is in the audit trail.
         */
        get: operations["exportCampaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was handed in
         * @description Newest first.
         */
        get: operations["listCampaignImports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/imports/{import_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an import */
        get: operations["getCampaignImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/imports/{import_id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What of an import was refused
         * @description CSV: row (of a file 1 is the first row, as spreadsheets count; of a batch from 0), column, code, reason.
         */
        get: operations["getCampaignImportReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a campaign
         * @description Nobody is called until it is resumed. Calls that are under way go on; those that are not dialled yet are taken back and made later.
         */
        post: operations["pauseCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how far a campaign is
         * @description Counts that are kept as calls end: as quick for any list. The event campaign.progressed, at most every 5 seconds, says when to look again.
         */
        get: operations["getCampaignProgress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sum up the answers
         * @description What the flow came to, and the answers to each of its questions.
         */
        get: operations["getCampaignResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a campaign */
        post: operations["resumeCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a campaign
         * @description Now, or by itself at its start_at. The flow is pinned to the version that is published. When the list is longer than the bank's setting campaign_four_eyes, the campaign then awaits approval, and starts when another person at the bank (no program) starts it, too.
         */
        post: operations["startCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{campaign_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a campaign for good
         * @description Whoever was not called, or waits to be called again, gets the outcome canceled. Calls that are under way go on: with the last of them the state stopping becomes stopped.
         */
        post: operations["stopCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capacity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Capacity by interval and scenario
         * @description Places, and those booked, held and free, in steps of the clock of the bank's zone, with a forecast of the load: the median of what was booked at the same weekday and time in the eight weeks before now. At most 62 days and 3,000 intervals a scenario.
         */
        get: operations["getCapacity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat-bot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the bank's chat bot */
        get: operations["getChatBot"];
        /**
         * Set the bank's chat bot
         * @description docs/chat.md says what it is asked and answers. A new address gets a new secret, shown once.
         */
        put: operations["setChatBot"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat-bot/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw a new secret for what the bot is asked
         * @description Shown once. The one before is good no more. 409 no_bot.
         */
        post: operations["newChatBotSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List customers */
        get: operations["listCustomers"];
        put?: never;
        /** Add a customer */
        post: operations["createCustomer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a customer
         * @description Agents see the phone masked.
         */
        get: operations["getCustomer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a customer */
        patch: operations["updateCustomer"];
        trace?: never;
    };
    "/v1/customers/{customer_id}/card-hashes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Name the cards of a customer
         * @description Replaces them. A branch's kiosk then knows the customer by the card.
         */
        put: operations["setCustomerCards"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a customer's devices */
        get: operations["listDevices"];
        put?: never;
        /**
         * Add a device
         * @description Idempotent by token.
         */
        post: operations["addDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a device */
        delete: operations["removeDevice"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a customers factors */
        get: operations["listFactors"];
        put?: never;
        /**
         * Add an authenticator app or a device key
         * @description Of no use until it is confirmed.
         */
        post: operations["addFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/factors/{factor_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a factor */
        delete: operations["removeFactor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/factors/{factor_id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove possession of a factor
         * @description A wrong proof is 403 not_confirmed; after five the factor is of no use.
         */
        post: operations["confirmFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/rebind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bind the number anew
         * @description The bank has proved the number by other means, such as in a branch: failures and the wait after a change of number are forgotten.
         */
        post: operations["rebindCustomer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{customer_id}/reference-still": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last verified face of a customer
         * @description The portrait of the newest approved identification, to compare a returning customer with. Each look is logged.
         */
        get: operations["getReferenceStill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events
         * @description order=asc with the last next_cursor follows without a gap.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow what happens
         * @description Server-sent events: id is the cursor, event the type, data the event as in listEvents. A customer sees only what concerns the session's case. Last-Event-ID continues.
         */
        get: operations["openFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the telephone flows
         * @description The bank's own and those that came with the gateway.
         */
        get: operations["listFlows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a flow with its versions and history */
        get: operations["getFlow"];
        /**
         * Draft a flow
         * @description A draft is changed in place, what was submitted or approved is archived. Nothing is in force by it, and it may have errors, which are in problems.
         */
        put: operations["draftFlow"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count what a flow was answered
         * @description Questions of surveys, and keys that are not secret, with how often each answer was given.
         */
        get: operations["listFlowAnswers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an earlier version back in force */
        post: operations["revertFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one version of a flow */
        get: operations["getFlowVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a flow
         * @description By an administrator who neither wrote nor submitted it: else 403 four_eyes.
         */
        post: operations["approveFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/diagram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Draw a version of a flow */
        get: operations["getFlowDiagram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop an open version
         * @description A draft, or what waits.
         */
        post: operations["discardFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put an approved flow in force
         * @description Calls that are going on keep theirs.
         */
        post: operations["publishFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a flow
         * @description Submitted or approved, with a reason.
         */
        post: operations["rejectFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a draft to another administrator
         * @description 422 flow_invalid names in fields each error by its line.
         */
        post: operations["submitFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{name}/versions/{version}/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a number with a version that is not published yet
         * @description For rehearsals: the call goes out at once, of class transaction, by the rules of all calls. With the simulator it rings on /phone.
         */
        post: operations["tryFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/hook-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Draw a new secret for what flows ask the bank
         * @description Questions of webhook steps are signed with it by Standard Webhooks. Shown once. The one before is good no more.
         */
        post: operations["newFlowSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read which flow answers the bank's numbers */
        get: operations["getFlowNumbers"];
        /**
         * Choose which flow answers the bank's numbers
         * @description The numbers that receive are those of the senders (PUT /v1/senders) with inbound. Without an entry a number is answered by inbound_menu.
         */
        put: operations["setFlowNumbers"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a flow and draw it
         * @description Nothing is kept. Each problem has its line and column. An error keeps a flow from being submitted and published.
         */
        post: operations["validateFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holiday-calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List calendars of holidays */
        get: operations["listHolidayCalendars"];
        put?: never;
        /**
         * Add a calendar of holidays
         * @description On its dates nobody whom it is for works, but for extra hours.
         */
        post: operations["createHolidayCalendar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holiday-calendars/{calendar_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A calendar of holidays */
        get: operations["getHolidayCalendar"];
        /** Replace a calendar of holidays */
        put: operations["replaceHolidayCalendar"];
        post?: never;
        /** Delete a calendar of holidays */
        delete: operations["deleteHolidayCalendar"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holiday-calendars/{calendar_id}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import holidays from an iCalendar file
         * @description All-day events (RFC 5545), those of every year too, replace the dates of the years that the file has. What cannot be taken over is listed with the reason, and nothing else is lost by it.
         */
        post: operations["importHolidays"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hours-changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List changes of working hours
         * @description The history of weekly hours, newest first; those in state requested wait for approval. An agent sees only their own.
         */
        get: operations["listHoursChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hours-changes/{change_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A change of working hours
         * @description One that waits for approval lists the bookings that it would leave without their agent.
         */
        get: operations["getHoursChange"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hours-changes/{change_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a change of working hours
         * @description Four eyes, 403 four_eyes: another person than the agent concerned and than who asked. 409 hours_changed when the hours are not those that the change was asked of. No booking is dropped: the answer lists those that the agent no longer works for, and what became of each.
         */
        post: operations["approveHoursChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hours-changes/{change_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a change of working hours
         * @description Nothing changes.
         */
        post: operations["rejectHoursChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hours-changes/{change_id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Withdraw a change of working hours
         * @description By who asked, or the agent concerned, while it waits.
         */
        post: operations["withdrawHoursChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List cases
         * @description from and to bound created_at.
         */
        get: operations["listIdentifications"];
        put?: never;
        /**
         * Open a case
         * @description Answers with a link for the customer.
         */
        post: operations["createIdentification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a case
         * @description With consents, form, booking, calls, steps, stills, recordings and verdict.
         */
        get: operations["getIdentification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change notes, reference or metadata */
        patch: operations["updateIdentification"];
        trace?: never;
    };
    "/v1/identifications/{identification_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a case
         * @description Frees its booking and ends a live call.
         */
        post: operations["cancelIdentification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a case of guidance or advice with its outcome
         * @description Ends a live call; nothing needs to be recorded or shown. An identification ends with a verdict: 409 verdict_needed.
         */
        post: operations["completeIdentification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The case's audit trail
         * @description Newest first, with the events of its bookings and calls.
         */
        get: operations["listIdentificationEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new link for the customer
         * @description Earlier ones stay good until they expire.
         */
        post: operations["createIdentificationLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The chat of a case
         * @description Newest first by page; with after, what came after an entry, oldest first, at most 200. What was written in its calls and what happened to it is in it too. An entry may appear a moment after one with a later id: whoever follows (thread.line_added) reads the newest page again. A customer who has not proved the number reads only what was said by and to such a one.
         */
        get: operations["getThread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread/hand-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a chat back
         * @description To the bot, or to another person. 409 not_your_thread.
         */
        post: operations["handBackThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say something in the chat of a case
         * @description A customer's line is answered by who has the thread, else by the bank's bot, else a person is asked for. An agent takes the thread over first: 409 not_your_thread. 409 person_has_thread: a bot's line while a person has it. 409 thread_full. 410 thread_wiped.
         */
        post: operations["addThreadLine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread/person": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a person in the chat
         * @description "Talk to a person". Nothing changes when one has it, or was asked for.
         */
        post: operations["askForPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Note up to where a chat was read
         * @description Of the customer, or of the bank as a whole.
         */
        post: operations["readThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/thread/take-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a chat over
         * @description The bot is silent from then on. 409 thread_taken: another agent has it; a supervisor may all the same.
         */
        post: operations["takeThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifications/{identification_id}/verdict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve or reject
         * @description 409 evidence_missing names in fields what an approval still needs. Ends a live call. A case of guidance or advice has no verdict: 409 not_an_identification.
         */
        post: operations["decideIdentification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbound-addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what carriers are told to call
         * @description Where a carrier's console is told to bring what customers send to the bank's numbers. An address of a carrier that does not sign its callbacks is a secret in itself.
         */
        get: operations["listInboundAddresses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbound-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what customers sent in
         * @description SMS to the bank's numbers, and keys pressed in its calls, newest first.
         */
        get: operations["listInboundMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose a password by invitation */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/message-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read when messages may be sent */
        get: operations["getMessagePolicy"];
        /**
         * Replace when messages may be sent
         * @description Quiet hours and caps hold for transaction, reminder and notice; codes and rings always go. What is left out is not limited.
         */
        put: operations["setMessagePolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/message-routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read which ways messages go */
        get: operations["getMessageRoutes"];
        /**
         * Replace which ways messages go
         * @description Of the routes that fit a message, one for its class goes before one for any class, then the longer prefix. Without a route a message goes over the channels that it names, all at once.
         */
        put: operations["setMessageRoutes"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages */
        get: operations["listMessages"];
        put?: never;
        /**
         * Tell a customer something
         * @description Accepted means kept: it is delivered, or its end is told. The Idempotency-Key is kept with the message itself, so the keys of this operation are its own.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a message */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a message back
         * @description Possible until it is sent; 409 message_sent when nothing of it waits any more.
         */
        post: operations["cancelMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches
         * @description Newest first.
         */
        get: operations["listMessageBatches"];
        put?: never;
        /**
         * Tell many customers something
         * @description Up to 1,000 recipients at once. Each one is accepted with a message of its own or refused with a reason; the refusal of one harms no other. The Idempotency-Key is kept with the batch itself.
         */
        post: operations["sendMessageBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** See how far a batch is */
        get: operations["getMessageBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a batch back
         * @description What has not been sent yet never is.
         */
        post: operations["cancelMessageBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{batch_id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what became of a batch's recipients
         * @description In the order in which they were given.
         */
        get: operations["listMessageBatchResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a batch without sending it
         * @description Finds the customers, says which rows would be refused and why, and shows the words as they would be sent and what they take. Nothing is sent or kept.
         */
        post: operations["checkMessageBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/network-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Test devices and network
         * @description A WebSocket over which a page tests camera, microphone and network the way that a call would use them; the protocol is in docs/signalling.md. It ends after 30 seconds, records nothing, and one address may test once at a time.
         */
        get: operations["openNetworkTest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/opt-outs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what customers decided about messages
         * @description The whole ledger, newest first. The newest decision about a number, channel and group is in force.
         */
        get: operations["listOptOuts"];
        put?: never;
        /**
         * Write down that a customer wants no more messages
         * @description What is in force already is not written again. Codes and rings cannot be opted out of.
         */
        post: operations["createOptOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/opt-outs/{opt_out_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Write down that a customer wants messages again
         * @description Of the number, channel and group of this decision. The ledger keeps it, and gains the new one.
         */
        delete: operations["deleteOptOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List phone calls
         * @description Newest first.
         */
        get: operations["listPhoneCalls"];
        put?: never;
        /**
         * Place a phone call that a flow leads
         * @description Accepted means kept: it is dialled in time, once, or its end is told. 403 opted_out, country_not_allowed, quiet_hours; 429 frequency_cap. The same key places the same call. People call customers only, at the number that is on file.
         */
        post: operations["placePhoneCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-calls/{phone_call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a phone call with its path
         * @description Each step that it went through, what was keyed in unless that was secret, and how long it took.
         */
        get: operations["getPhoneCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-calls/{phone_call_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back a phone call that has not been dialled */
        post: operations["cancelPhoneCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-calls/{phone_call_id}/recordings/{recording_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hear a message that was left in a phone call
         * @description Who heard it is told as phone_call.message_played.
         */
        get: operations["getPhoneRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/presence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What I am doing */
        get: operations["getPresence"];
        /** Be ready, pause or go */
        put: operations["setPresence"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/presence/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What everyone is doing */
        get: operations["listPresence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/presence/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that the console is open
         * @description Every 20 s; after 60 s of silence an agent counts as offline.
         */
        post: operations["heartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See how providers do
         * @description Each configured provider as the answering node sees it, with the countries to which it is broken, and how many of the bank's codes were confirmed in the last hour.
         */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/push-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The key that browsers subscribe with
         * @description 404 web_push_off when the gateway has no Web Push.
         */
        get: operations["getPushKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who waits */
        get: operations["getQueue"];
        put?: never;
        /**
         * Wait for the next free agent
         * @description Needs consents, document and confirmed form. Entering again finds the first place.
         */
        post: operations["enterQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/{entry_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call the customer who is offered to me */
        post: operations["acceptQueueEntry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/{entry_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pass the customer on
         * @description Another agent is drawn.
         */
        post: operations["rejectQueueEntry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/{entry_id}/rescind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an open offer back
         * @description Another agent is chosen; the one it was offered to stays ready. 409 not_offered when it is offered to nobody.
         */
        post: operations["rescindQueueEntry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/mine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My place in the queue
         * @description Also the sign of life of the waiting page.
         */
        get: operations["getQueuePlace"];
        put?: never;
        post?: never;
        /** Leave the queue */
        delete: operations["leaveQueue"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/mine/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave the page instead of waiting
         * @description keep_place: the place stays, and the customer is rung when it is his turn. new_time: the place goes, and a link to book a time comes by message.
         */
        post: operations["callBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recordings/due": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is to be deleted next
         * @description Recordings whose retention ends before a time, held ones among them; at most 100.
         */
        get: operations["listDueRecordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reminder-ladder": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read when customers are reminded
         * @description What is in force: the scenario's own ladder, else the bank's, else by the setting reminder_offsets.
         */
        get: operations["getReminderLadder"];
        /**
         * Set when customers are reminded
         * @description Counts for what is booked or moved from now on; of bookings that stand, a step that is no more is left out.
         */
        put: operations["setReminderLadder"];
        post?: never;
        /** Take a ladder away */
        delete: operations["deleteReminderLadder"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scenarios": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List scenarios */
        get: operations["listScenarios"];
        put?: never;
        /** Add a scenario */
        post: operations["createScenario"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scenarios/{scenario_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a scenario
         * @description By id or slug.
         */
        get: operations["getScenario"];
        /**
         * Change a scenario
         * @description By id or slug.
         */
        put: operations["updateScenario"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/senders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what messages and calls come from */
        get: operations["getSenders"];
        /**
         * Replace what messages and calls come from
         * @description Of the senders that fit a message, the one of its country goes first, then of its class, then of its provider. Without one a message comes from the provider's own sender.
         */
        put: operations["setSenders"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in
         * @description Sets the cookie visavis_agent. At most 10 tries in 15 minutes for an address of e-mail and 50 for a network address.
         */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/slots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Times that can be booked
         * @description Give identification_id or scenario; a customer gives neither. from defaults to now, to to seven days later.
         */
        get: operations["listSlots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the words of messages
         * @description Those in force in a language, and what is drafted.
         */
        get: operations["listTexts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a text with its versions and history */
        get: operations["getText"];
        /**
         * Draft words
         * @description Nothing is in force by it. A draft is changed in place; what was submitted or approved is archived and a new version begins.
         */
        put: operations["draftText"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go back to earlier words
         * @description At once. Version 0 is the text that came with the gateway; another must have been in force before.
         */
        post: operations["revertText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/versions/{version}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve words
         * @description Four eyes, 403 four_eyes: another administrator than those who wrote or submitted it, or issued the API key that did.
         */
        post: operations["approveText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/versions/{version}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Drop a draft or what waits */
        post: operations["discardText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/versions/{version}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put approved words in force */
        post: operations["publishText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/versions/{version}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reject words */
        post: operations["rejectText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/{key}/{locale}/versions/{version}/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a draft to another administrator
         * @description The linter must find no error (400 text_lint), and there must be somebody who may approve (409 second_administrator_needed).
         */
        post: operations["submitText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check words before they are published
         * @description Without items every text in force is checked in every language. An error keeps a text from being submitted and published.
         */
        post: operations["lintTexts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * See words as they would be sent
         * @description Renders every length with samples, counts segments exactly and estimates the cost. Nothing is sent or kept.
         */
        post: operations["previewText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/texts/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read how SMS are written */
        get: operations["getTextSettings"];
        /**
         * Set how SMS are written
         * @description Replaces all of them, prices included.
         */
        put: operations["setTextSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/threads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List chats
         * @description Those in which something was written, by the newest line.
         */
        get: operations["listThreads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who waits in the branches */
        get: operations["listTickets"];
        put?: never;
        /**
         * Take a number in a branch
         * @description For a kiosk, by a key with the scope kiosk. A card is named by the hash that the bank registered (never by its number); a phone number is sent a code. The answer is the same for cards and numbers that nobody has. 429 too_many_codes for a number.
         */
        post: operations["takeTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tickets/{ticket_id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove the ticket's phone number
         * @description Five tries in 15 minutes, counted also for a number that nobody has, then Conflict: code_ended.
         */
        post: operations["checkTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tickets/{ticket_id}/qr.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ticket's QR code */
        get: operations["getTicketCode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tickets/{ticket_id}/serve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a number
         * @description Repeating it changes nothing. With the code of the ticket's QR code it is refused (403 code_not_valid) for another ticket.
         */
        post: operations["serveTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verification-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the rules of verifications */
        get: operations["getVerificationSettings"];
        /**
         * Replace the rules of verifications
         * @description What is left out takes its default.
         */
        put: operations["setVerificationSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List verifications
         * @description Newest first.
         */
        get: operations["listVerifications"];
        put?: never;
        /**
         * Send a code
         * @description A second start within the code's life finds the first and refills nothing.
         */
        post: operations["startVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a verification */
        get: operations["getVerification"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over a devices answer
         * @description The answer of a push approval, signed by the device. See docs/api.md for the signed text. Another number than the one shown ends the verification.
         */
        post: operations["answerVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the code worthless */
        post: operations["cancelVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a code
         * @description Counted before it is compared. 410 verification_expired, 429 max_attempts.
         */
        post: operations["checkVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * This was not the customer
         * @description Ends it and tells the bank (verification.denied). One that has ended stays as it is.
         */
        post: operations["denyVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verifications/{verification_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the same code again
         * @description By the way given, else the last. 429 before next_send_at.
         */
        post: operations["resendVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verified-sessions/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read a verified session
         * @description inactive - it has ended, was revoked, or does not have the scope.
         */
        post: operations["introspectSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verified-sessions/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a verified session */
        post: operations["revokeSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything the page shows */
        get: operations["getVisit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Choose language and time zone */
        patch: operations["updateVisit"];
        trace?: never;
    };
    "/v1/visit/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a code to prove the phone number
         * @description By the way given, else by the last, else by SMS. A call may follow an SMS: 429 before next_send_at.
         */
        post: operations["sendVisitCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/code/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove the phone number
         * @description Marks the session of the cookie; a bare link (Authorization: Bearer) has none to mark: 409 no_session.
         */
        post: operations["checkVisitCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/code/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * This was not me
         * @description Ends the code that was sent for this visit, and tells the bank (verification.denied). Without one nothing happens.
         */
        post: operations["denyVisitCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept or decline the texts */
        post: operations["decideConsents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decline the whole thing */
        post: operations["declineVisit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose the document */
        put: operations["chooseDocument"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/form": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit the form
         * @description Each submission is a version.
         */
        post: operations["submitForm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/form/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm the form
         * @description 409 form_changed when a newer version exists.
         */
        post: operations["confirmForm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/push-subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Be told in this browser
         * @description Adds the browser to the customer's devices, so that every push goes there, too. Idempotent by endpoint.
         */
        post: operations["addVisitPushSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/push-subscriptions/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Be told in this browser no more */
        delete: operations["removeVisitPushSubscription"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a new link by phone number
         * @description Always answers alike.
         */
        post: operations["recoverVisit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/recover/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a visit by code
         * @description Sets the cookie visavis_customer.
         */
        post: operations["checkRecovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/visit/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a customer link
         * @description Sets the cookie visavis_customer. 410 link_expired: offer recovery.
         */
        post: operations["openVisit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/voice-clips": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recordings that calls are spoken from
         * @description Codes are read from them in every language, and Persian calls altogether: no carrier has a Persian voice.
         */
        get: operations["listVoiceClips"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/voice-clips/{locale}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one recording */
        get: operations["getVoiceClip"];
        /**
         * Put the bank's own recording in place of the bundled one
         * @description It is said from the next call on.
         */
        put: operations["setVoiceClip"];
        post?: never;
        /** Go back to the bundled recording */
        delete: operations["dropVoiceClip"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/waitlist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who waits for a time */
        get: operations["listWaitlist"];
        put?: never;
        /**
         * Wait for a time to become free
         * @description The first time that becomes free between from and to is held for the case and offered by push and SMS, to one customer at a time, for the scenario's offer_minutes. A case that has a booking waits for an earlier one. Conflict: already_waiting.
         */
        post: operations["enterWaitlist"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/waitlist/{waitlist_entry_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Wait no more
         * @description A time that is offered goes to the next.
         */
        delete: operations["leaveWaitlist"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/waitlist/{waitlist_entry_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the offered time
         * @description Books it, or moves the booking that the case has. Asked again, it answers with that booking. Conflict: offer_lapsed, when it went to the next; link_used; and as of booking and moving.
         */
        post: operations["acceptOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/waitlist/{waitlist_entry_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the offered time down
         * @description It goes to the next; the case waits for other times. Conflict: offer_lapsed.
         */
        post: operations["declineOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/wallboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The queue, now and today
         * @description Read it again on the feed's events queue.…, call.… and agent.presence_changed.
         */
        get: operations["getWallboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A delivery with its attempts */
        get: operations["getWebhookDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries/{delivery_id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a delivery again */
        post: operations["resendWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhook endpoints */
        get: operations["listWebhookEndpoints"];
        put?: never;
        /**
         * Add a webhook endpoint
         * @description The secret is shown once.
         */
        post: operations["createWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a webhook endpoint */
        get: operations["getWebhookEndpoint"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook endpoint
         * @description Its log stays.
         */
        delete: operations["deleteWebhookEndpoint"];
        options?: never;
        head?: never;
        /** Change a webhook endpoint */
        patch: operations["updateWebhookEndpoint"];
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An endpoint's log */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new secret
         * @description The previous one still signs for 24 h.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test event */
        post: operations["testWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/working-hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read working hours
         * @description An agent sees only their own.
         */
        get: operations["getWorkingHours"];
        /**
         * Replace an agent's working hours
         * @description Of oneself it is a request that another person approves (202). Bookings that stand are kept: conflicts lists those that the agent no longer works for.
         */
        put: operations["setWorkingHours"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description The token of an invitation and the password that the agent chose.
         * @example {
         *       "token": "kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN4xW6E",
         *       "password": "correct horse battery"
         *     }
         */
        AcceptInvitation: {
            /** @description At least 12 characters. */
            password: string;
            /** @description From the invitation's URL. */
            token: string;
        };
        /**
         * @description Which offer is accepted.
         * @example {
         *       "offer": 1
         *     }
         */
        AcceptOffer: {
            /** @description Its number: a late word about an older offer is refused with 409 offer_lapsed. Without, the newest. */
            offer?: number;
        };
        /**
         * @description Who acted: a program of the bank's by API key, a person at the bank, a customer, or the gateway itself.
         * @enum {string}
         */
        ActorKind: "bank" | "agent" | "customer" | "system";
        /** @description What stands in the calendars. */
        Agenda: {
            items: components["schemas"]["AgendaItem"][];
            /** @description There is more than the 5000 that are shown; ask for less time. */
            more: boolean;
        };
        /** @description A booking or a hold in a calendar. */
        AgendaItem: {
            /**
             * Format: date-time
             * @description When the customer said that they come.
             */
            acknowledged_at?: string;
            /**
             * Format: uuid
             * @description Whose calendar holds it now; it may change until the call rings. Left out: beyond the calendars (overbooking).
             */
            agent_id?: string;
            /** Format: date-time */
            checked_in_at?: string;
            /** Format: uuid */
            customer_id: string;
            /** @description Left out when the customer has none. */
            customer_name?: string;
            /** Format: date-time */
            end: string;
            /**
             * Format: date-time
             * @description Of a hold.
             */
            held_until?: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            /** @description The caller may move it. */
            movable: boolean;
            scenario: components["schemas"]["ScenarioSummary"];
            /** @description To be sent along with a move. */
            sequence: number;
            /** Format: uuid */
            series_id?: string;
            /** Format: date-time */
            start: string;
            state: components["schemas"]["AgendaState"];
            /** @description The customer's. */
            time_zone: string;
        };
        /**
         * @description As of a booking; held: kept for who fills in the form.
         * @enum {string}
         */
        AgendaState: "held" | "confirmed" | "due" | "kept" | "missed" | "unserved" | "cancelled";
        /** @description A person at the bank. */
        Agent: {
            /** Format: date-time */
            created_at: string;
            /**
             * @description Lower case.
             * @example linh@demo.example
             */
            email: string;
            /** @description A disabled agent is signed out at once. */
            enabled: boolean;
            /** Format: uuid */
            id: string;
            /** @description True until a password has been set. */
            invited: boolean;
            /** @description Languages that the agent speaks. */
            languages: components["schemas"]["Locale"][];
            /** @example Linh Tran */
            name: string;
            role: components["schemas"]["Role"];
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description What to change. A field that is left out stays.
         * @example {}
         */
        AgentChanges: {
            /** @description false ends the agent's sessions at once. */
            enabled?: boolean;
            languages?: components["schemas"]["Locale"][];
            name?: string;
            role?: components["schemas"]["Role"];
        };
        /** @description One page of a list. */
        AgentList: {
            items: components["schemas"]["Agent"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description What one agent is doing. */
        AgentPresence: {
            /** Format: uuid */
            agent_id: string;
            /**
             * Format: uuid
             * @description The live call that the agent leads, or is a guest of.
             */
            call_id?: string;
            /**
             * Format: date-time
             * @description When wrap-up ends by itself.
             */
            ends_at?: string;
            languages: components["schemas"]["Locale"][];
            name: string;
            /** @description Of a pause; missed_offers when the gateway paused the agent. */
            reason?: string;
            role: components["schemas"]["Role"];
            /** Format: date-time */
            seen_at?: string;
            /** Format: date-time */
            since: string;
            /** @description By name. */
            skills?: components["schemas"]["AgentSkill"][];
            state: components["schemas"]["PresenceState"];
        };
        /** @description What everyone is doing. */
        AgentPresenceList: {
            items: components["schemas"]["AgentPresence"][];
        };
        /** @description One skill. */
        AgentSkill: {
            /** @description 1 can, 10 nobody better. */
            level: number;
            skill: string;
        };
        /**
         * @description What an agent is able to do.
         * @example {
         *       "skills": [
         *         {
         *           "skill": "sign_language",
         *           "level": 5
         *         }
         *       ]
         *     }
         */
        AgentSkills: {
            skills: components["schemas"]["AgentSkill"][];
        };
        /**
         * @example {
         *       "telephone": "+84901239000"
         *     }
         */
        AgentTelephone: {
            /** @description With its country code. Empty takes it away. */
            telephone: string;
        };
        /** @description A key of one of the bank's programs, without its secret. */
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            /**
             * @description The first characters of the secret.
             * @example vk_3fK9
             */
            hint: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_used_at?: string;
            /** @example core banking */
            name: string;
            /** Format: date-time */
            revoked_at?: string;
            scopes: components["schemas"]["Scope"][];
        };
        /** @description One page of a list. */
        ApiKeyList: {
            items: components["schemas"]["ApiKey"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description requested: it waits for another person. approved: it counts. rejected and withdrawn: it never will, or no longer does.
         * @enum {string}
         */
        ApprovalState: "requested" | "approved" | "rejected" | "withdrawn";
        /** @description A bank and its settings. */
        Bank: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /** @example Demo Bank */
            name: string;
            settings: components["schemas"]["BankSettings"];
            /** @example demo */
            slug: string;
        };
        /**
         * @description What to change. A field that is left out stays.
         * @example {}
         */
        BankChanges: {
            /** @description Shown to customers. */
            name?: string;
            settings?: components["schemas"]["BankSettingsChanges"];
        };
        /** @description A bank's settings, with the defaults filled in. */
        BankSettings: {
            /** @description How many contacts a campaign may have without a second person confirming its start. 0, the default = any number. */
            campaign_four_eyes?: number;
            /** @description ISO 3166-1 alpha-2 regions whose numbers may be messaged and called. Empty = none. */
            countries?: string[];
            /** @description For customers without one. Default en. */
            default_locale?: components["schemas"]["Locale"];
            /**
             * @description IANA name, for customers without one. Default UTC.
             * @example Asia/Ho_Chi_Minh
             */
            default_time_zone?: string;
            /** @description Agents' calendar feeds name the customer. Default false: only the kind of call. */
            feed_names?: boolean;
            /** @description Offers in a row that an agent may let lapse before the gateway pauses him. Default 2. */
            missed_offers?: number;
            /** @description Seconds that a drawn agent has to take a customer. Default 20. */
            offer_seconds?: number;
            /** @description What agents may say a pause is for. Default break, lunch, meeting, training, paperwork. */
            pause_reasons?: string[];
            /** @description Seconds that a lost participant has to come back into the call. Default 60. */
            reconnect_grace?: number;
            /** @description Seconds before a booking at which the customer is reminded. Default 86400, 3600, 600. */
            reminder_offsets?: number[];
            /** @description Seconds of ringing until the call is missed. Default 45. */
            ring_missed_after?: number;
            /** @description Seconds of ringing without a sign of life until an SMS with the link is sent. Default 15. */
            ring_sms_after?: number;
            /** @description For how many days tickets of branches are kept, called or not. Default 30. */
            ticket_keep_days?: number;
            /** @description Seconds after which a due booking without an agent is offered a new time. Default 600. */
            unserved_after?: number;
            /** @description CIDR ranges of private addresses that this bank's webhooks may reach. Default none; only the operator sets it. */
            webhook_allow?: string[];
        };
        /**
         * @description Settings to change. A field that is left out stays.
         * @example {
         *       "default_time_zone": "Asia/Ho_Chi_Minh"
         *     }
         */
        BankSettingsChanges: {
            /** @description How many contacts a campaign may have without a second person confirming its start. 0, the default = any number. */
            campaign_four_eyes?: number;
            /** @description ISO 3166-1 alpha-2 regions whose numbers may be messaged and called. Empty = none. */
            countries?: string[];
            /** @description For customers without one. Default en. */
            default_locale?: components["schemas"]["Locale"];
            /**
             * @description IANA name, for customers without one. Default UTC.
             * @example Asia/Ho_Chi_Minh
             */
            default_time_zone?: string;
            /** @description Agents' calendar feeds name the customer. Default false: only the kind of call. */
            feed_names?: boolean;
            /** @description Offers in a row that an agent may let lapse before the gateway pauses him. Default 2. */
            missed_offers?: number;
            /** @description Seconds that a drawn agent has to take a customer. Default 20. */
            offer_seconds?: number;
            /** @description What agents may say a pause is for. Default break, lunch, meeting, training, paperwork. */
            pause_reasons?: string[];
            /** @description Seconds that a lost participant has to come back into the call. Default 60. */
            reconnect_grace?: number;
            /** @description Seconds before a booking at which the customer is reminded. Default 86400, 3600, 600. */
            reminder_offsets?: number[];
            /** @description Seconds of ringing until the call is missed. Default 45. */
            ring_missed_after?: number;
            /** @description Seconds of ringing without a sign of life until an SMS with the link is sent. Default 15. */
            ring_sms_after?: number;
            /** @description For how many days tickets of branches are kept, called or not. Default 30. */
            ticket_keep_days?: number;
            /** @description Seconds after which a due booking without an agent is offered a new time. Default 600. */
            unserved_after?: number;
        };
        /** @description A bank as its people and customers see it. */
        BankSummary: {
            /** Format: uuid */
            id: string;
            /**
             * @description Shown to customers.
             * @example Demo Bank
             */
            name: string;
            /**
             * @description Names the bank at sign-in.
             * @example demo
             */
            slug: string;
            /**
             * @description The bank's default IANA zone.
             * @example Asia/Ho_Chi_Minh
             */
            time_zone: string;
        };
        /** @description A promised time for a call. */
        Booking: {
            /**
             * Format: date-time
             * @description When the customer said that they come.
             */
            acknowledged_at?: string;
            /** @description How: link, sms, key (in a phone call), agent or bank. */
            acknowledged_by?: string;
            /**
             * Format: uuid
             * @description The agent whom the customer chose; left out: drawn at the call.
             */
            agent_id?: string;
            /**
             * Format: date-time
             * @description When the customer showed the code at a branch.
             */
            checked_in_at?: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            customer_id: string;
            customer_name: string;
            /** Format: date-time */
            end: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            metadata: components["schemas"]["Metadata"];
            /** @description Of a cancellation; else empty. */
            reason: string;
            reference?: string;
            scenario: components["schemas"]["ScenarioSummary"];
            /** @description Changes so far, as in the calendar file (RFC 5545). */
            sequence: number;
            /**
             * Format: uuid
             * @description Of recurring callbacks.
             */
            series_id?: string;
            /** Format: date-time */
            start: string;
            state: components["schemas"]["BookingState"];
            /** @description The customer's, when it was booked. */
            time_zone: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description A booking whose agent no longer works at its time. It stands. What became of it: reseated, another agent's calendar has room and took it; nobody_free, no calendar has room then: move the booking with the customer, or have someone work extra hours; named_agent, the customer chose this agent: move it, or offer another agent. */
        BookingConflict: {
            /**
             * @description undecided: the change is not in force yet.
             * @enum {string}
             */
            action: "undecided" | "reseated" | "nobody_free" | "named_agent";
            /**
             * Format: uuid
             * @description Whose calendar held it.
             */
            agent_id?: string;
            /** Format: uuid */
            booking_id: string;
            /** Format: date-time */
            end: string;
            /** Format: uuid */
            identification_id: string;
            /** Format: date-time */
            start: string;
        };
        /** @description One page of a list. */
        BookingList: {
            items: components["schemas"]["Booking"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description One rung. */
        BookingReminder: {
            always: boolean;
            /** Format: date-time */
            at: string;
            channels: ("push" | "sms" | "voice")[];
            flow?: string;
            /**
             * Format: uuid
             * @description Of what was sent.
             */
            message_id?: string;
            /** @description After a missed call. */
            recovery: boolean;
            /**
             * @description ended: the customer had confirmed. skipped: its time had passed, or another came due with it.
             * @enum {string}
             */
            state: "planned" | "done" | "ended" | "skipped";
        };
        /** @description The ladder of one booking, in order of time. */
        BookingReminders: {
            items: components["schemas"]["BookingReminder"][];
        };
        /** @description Recurring callbacks, in order. */
        BookingSeries: {
            /**
             * Format: uuid
             * @description Whom they were booked with; absent: drawn at each call.
             */
            agent_id?: string;
            /** Format: uuid */
            customer_id: string;
            every_weeks: number;
            first: string;
            /** Format: uuid */
            id: string;
            items: components["schemas"]["SeriesItem"][];
            time_zone: string;
            times: number;
        };
        /** @description A page, the newest first. */
        BookingSeriesList: {
            items: components["schemas"]["BookingSeries"][];
            next_cursor?: string;
        };
        /** @description How times are held, offered and given back. */
        BookingSettings: {
            /**
             * @description The page offers to call at once when the wait is at most this long; 0 = never.
             * @default 120
             */
            call_now_seconds: number;
            /**
             * @description How long before the start a customer may check in at a branch.
             * @default 120
             */
            check_in_minutes: number;
            /**
             * @description How long a time is kept while the form is filled in.
             * @default 10
             */
            hold_minutes: number;
            /**
             * @description How long one customer of the waitlist may think about a time.
             * @default 15
             */
            offer_minutes: number;
            /**
             * @description A customer who came by a link proves the number by a code before a booking is moved or cancelled (403 number_not_proved).
             * @default false
             */
            step_up: boolean;
        };
        /**
         * @description confirmed: promised. due: its time has come. kept: the call took place. missed: the customer did not answer. unserved: the bank had nobody.
         * @enum {string}
         */
        BookingState: "confirmed" | "due" | "kept" | "missed" | "unserved" | "cancelled";
        /** @description How certain dates differ from the week. */
        CalendarException: {
            /**
             * Format: uuid
             * @description Left out: the whole bank.
             */
            agent_id?: string;
            /** Format: date-time */
            asked_at: string;
            /**
             * Format: uuid
             * @description The agent or API key.
             */
            asked_by?: string;
            /** @description In a list always empty. */
            conflicts: components["schemas"]["BookingConflict"][];
            /** Format: date-time */
            decided_at?: string;
            /** Format: uuid */
            decided_by?: string;
            ends?: string;
            /** Format: date */
            first_on: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["CalendarExceptionKind"];
            /**
             * Format: date
             * @description Inclusive.
             */
            last_on: string;
            note?: string;
            reason: string;
            /** @description Of each of the days; left out: all day. */
            starts?: string;
            state: components["schemas"]["ApprovalState"];
            time_zone?: string;
        };
        /**
         * @description holiday: nobody works, but for extra hours. absence: the agent is away. extra: the agent works besides the week's hours, on holidays too. travel: the agent's clock is that of another zone.
         * @enum {string}
         */
        CalendarExceptionKind: "holiday" | "absence" | "extra" | "travel";
        /** @description Exceptions to the week, at most 1,000. */
        CalendarExceptionList: {
            items: components["schemas"]["CalendarException"][];
        };
        /** @description An iCalendar feed of an agent's bookings (RFC 5545). */
        CalendarFeed: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description To the hour.
             */
            read_at?: string;
        };
        /** @description The newest first. */
        CalendarFeedList: {
            items: components["schemas"]["CalendarFeed"][];
        };
        /** @description The new feed. */
        CalendarFeedMade: {
            feed: components["schemas"]["CalendarFeed"];
            /** @description The secret address; shown once; null in a replay. */
            url: string | null;
        };
        /** @description One video call. A customer sees only its state and times. */
        Call: {
            /**
             * Format: uuid
             * @description Absent for customers.
             */
            agent_id?: string;
            agent_name?: string;
            /** @description settings.call.agent_video of the case's scenario: false = the customer hears the agent and does not see them. */
            agent_video: boolean;
            /**
             * Format: date-time
             * @description Zero of the recording's clock.
             */
            answered_at?: string;
            /** Format: uuid */
            booking_id?: string;
            /** @description The code of this call, once sent. */
            code?: components["schemas"]["CodeState"];
            /** Format: date-time */
            code_passed_at?: string;
            /** Format: date-time */
            created_at: string;
            /** @description Absent for customers. */
            customer?: components["schemas"]["CustomerSummary"];
            direction: components["schemas"]["CallDirection"];
            /** Format: date-time */
            ended_at?: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            notes: string;
            /**
             * Format: uuid
             * @description The customer is, or was at the end, on the telephone, by this phone call. Absent for customers.
             */
            phone_call_id?: string;
            /** @description Why it ended: hung_up_by_agent, hung_up_by_customer, abandoned, failed, decided, completed; else empty. */
            reason: string;
            /** @description settings.recording.enabled of the case's scenario. Guidance and advice need not be recorded. */
            recorded: boolean;
            recordings: components["schemas"]["Recording"][];
            /**
             * Format: date-time
             * @description While it rings: missed then.
             */
            ring_expires_at?: string;
            /**
             * Format: date-time
             * @description A device first said that it rings.
             */
            rung_at?: string;
            scenario?: components["schemas"]["ScenarioSummary"];
            /** @description Path of the signalling WebSocket while the call lives. */
            socket_url?: string;
            state: components["schemas"]["CallState"];
            steps: components["schemas"]["CallStep"][];
            telephone?: components["schemas"]["CallTelephone"];
            /** @description Absent for customers, and when there is none that stands. */
            transfer?: components["schemas"]["CallTransfer"];
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description What the customer would rather have than wait.
         * @example {
         *       "choice": "keep_place"
         *     }
         */
        CallBack: {
            /** @enum {string} */
            choice: "keep_place" | "new_time";
        };
        /**
         * @description Where the customer is called.
         * @example {}
         */
        CallByTelephone: {
            /** @description In E.164, where settings.telephone.any_number allows it. Left out: the number on file. */
            phone?: string;
        };
        /**
         * @description outbound: the agent calls at the booked time. inbound: the customer came by himself.
         * @enum {string}
         */
        CallDirection: "outbound" | "inbound";
        /** @description How the agent who first took a call was chosen, and those who took it later. */
        CallDraw: {
            /** @description SHA-256 of the seed, in the event queue.entered before any draw. Hexadecimal. */
            commitment: string;
            /** Format: uuid */
            entry_id: string;
            /** @description Of who took the call while it went on, in order. A supervisor who steps in was not chosen by the queue. */
            later: components["schemas"]["LaterDraw"][];
            rounds: components["schemas"]["DrawRound"][];
            /** @description 32 bytes, hexadecimal. */
            seed: string;
        };
        /** @description A file handed over in a call, as it is kept. */
        CallFile: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            bytes: number;
            /** @description Pixels; of pictures. */
            height?: number;
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: int64
             * @description On the recording's clock.
             */
            offset_ms: number;
            /** @description Who gave it: agent or customer. */
            role: string;
            /** @description Of the bytes as they are kept, in hexadecimal digits. */
            sha256: string;
            /** @enum {string} */
            type: "image/jpeg" | "image/png" | "application/pdf";
            /** @description Where its bytes are. */
            url: string;
            /** @description Pixels; of pictures. */
            width?: number;
        };
        /** @description Files, oldest first. */
        CallFileList: {
            items: components["schemas"]["CallFile"][];
        };
        /** @description Someone in a call beside its two parties, for one time in one mode. */
        CallGuest: {
            /** Format: uuid */
            agent_id: string;
            agent_name: string;
            /** Format: date-time */
            from: string;
            /** @description Not shown to the customer. */
            hidden: boolean;
            /** Format: uuid */
            invited_by?: string;
            /**
             * Format: date-time
             * @description The first connection.
             */
            joined_at?: string;
            mode: components["schemas"]["GuestMode"];
            /** @enum {string} */
            role: "supervisor" | "interpreter" | "helper";
            /**
             * Format: date-time
             * @description Absent: may still be there.
             */
            to?: string;
        };
        CallingWindow: {
            days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
            /** @example 09:00 */
            from: string;
            /**
             * @description 24:00 is the end of the day.
             * @example 20:00
             */
            to: string;
        };
        /** @description A time during which an agent led a call. */
        CallLead: {
            /** Format: uuid */
            agent_id: string;
            agent_name: string;
            /** Format: date-time */
            from: string;
            /** @enum {string} */
            how: "accepted" | "transferred" | "took_over";
            /** Format: date-time */
            to?: string;
        };
        /** @description One line written in a call. */
        CallLine: {
            /** Format: date-time */
            at: string;
            /** @description Of a file, its name. */
            body: string;
            /** Format: uuid */
            file_id?: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "chat" | "caption" | "file";
            /**
             * Format: int64
             * @description On the recording's clock.
             */
            offset_ms: number;
            /** @description Who wrote it: agent or customer. */
            role: string;
        };
        /** @description Lines, oldest first. */
        CallLineList: {
            items: components["schemas"]["CallLine"][];
        };
        /**
         * @description The agents' own notes.
         * @example {
         *       "notes": "Spoke clearly."
         *     }
         */
        CallNotes: {
            notes: string;
        };
        /** @description The wait is short, so the page offers to call at once (POST /v1/queue). */
        CallNow: {
            estimated_wait_seconds: number;
        };
        /** @description Who led a call, and who was its guest. */
        CallParty: {
            guests: components["schemas"]["CallGuest"][];
            leads: components["schemas"]["CallLead"][];
        };
        /** @description How good a party's connection was over 10 seconds. Loss is a share of packets, 0 to 1, before repair. */
        CallQuality: {
            /**
             * Format: double
             * @description From us to the party, as it reports.
             */
            down_audio_loss: number;
            /** @description Bits a second, of all media. */
            down_bitrate: number;
            /**
             * Format: double
             * @description From us to the party, as it reports.
             */
            down_jitter_ms: number;
            /**
             * Format: double
             * @description From us to the party, as it reports.
             */
            down_video_loss: number;
            /**
             * Format: double
             * @description Of the party's picture; 0 when there is none.
             */
            fps: number;
            /** @description Pixels. */
            height: number;
            /**
             * Format: double
             * @description The opinion score that r stands for, 1 to 4.4.
             */
            mos: number;
            /**
             * Format: int64
             * @description The end of the 10 seconds, on the recording's clock.
             */
            offset_ms: number;
            /**
             * Format: double
             * @description E-model rating of voice (ITU-T G.107), 0 to 93.2; 0 when there is none.
             */
            r: number;
            /** @description The party: agent or customer. */
            role: string;
            /**
             * Format: double
             * @description Round trip between the party and us; 0 when not known.
             */
            rtt_ms: number;
            /**
             * Format: double
             * @description From the party to us.
             */
            up_audio_loss: number;
            /** @description Bits a second, of all media. */
            up_bitrate: number;
            /**
             * Format: double
             * @description From the party to us.
             */
            up_jitter_ms: number;
            /**
             * Format: double
             * @description From the party to us.
             */
            up_video_loss: number;
            /** @description Pixels. */
            width: number;
        };
        /** @description Samples, in order of time. */
        CallQualityList: {
            items: components["schemas"]["CallQuality"][];
        };
        /** @description Everything needed to play a call in step. */
        CallRecording: {
            /** Format: uuid */
            call_id: string;
            /** @description Every part is finished and hashed. */
            complete: boolean;
            /** @description Share, 0 to 1, of what the two sides sent that is recorded; what was lost by network, disk, reconnecting or a restart is missing. 0 while nothing is finished. */
            coverage: number;
            /**
             * Format: int64
             * @description To the end of the last part.
             */
            duration_ms: number;
            parts: components["schemas"]["Recording"][];
            /**
             * Format: date-time
             * @description Zero of the clock.
             */
            started_at?: string;
            /** @description Chapters. */
            steps: components["schemas"]["CallStep"][];
        };
        /** @description Who is seen in a call. The customer always is. */
        CallSettings: {
            /**
             * @description The customer sees the agent, too. When false the gateway takes no picture from the agent, a supervisor or a helper, whatever their pages send; they are heard, and an interpreter is seen. Default true.
             * @default true
             */
            agent_video: boolean;
        };
        /** @description How good one side's connection was. */
        CallSideQuality: {
            /** @description The greater of both directions. */
            jitter_ms: number;
            /** @description The greatest share of packets lost, 0 to 1, before repair. */
            loss: number;
            /** @description Opinion score of the worse direction of voice, 1 to 4.4 (ITU-T G.107). Absent: no voice. */
            mos?: number;
            role: components["schemas"]["Participant"];
            /** @description Absent: not known. */
            rtt_ms?: number;
        };
        /**
         * @description cancelled: the agent hung up before an answer.
         * @enum {string}
         */
        CallState: "ringing" | "active" | "ended" | "missed" | "declined" | "cancelled";
        /** @description One step of the script. */
        CallStep: {
            attempts: number;
            /**
             * Format: int64
             * @description In the recording, when the last attempt began.
             */
            began_ms?: number;
            /** Format: date-time */
            done_at?: string;
            kind: components["schemas"]["StepKind"];
            /**
             * Format: int64
             * @description In the recording, when it was last passed or failed.
             */
            offset_ms?: number;
            /** @description 1, 2, 3, … in the shuffled order. */
            position: number;
            required: boolean;
            state: components["schemas"]["StepState"];
            still_quality?: components["schemas"]["StillQuality"];
            /** @description Hexadecimal. */
            still_sha256?: string;
            /** @description Path of the still picture. */
            still_url?: string;
        };
        /** @description A call in a list. */
        CallSummary: {
            /** Format: uuid */
            agent_id: string;
            agent_name: string;
            /** Format: date-time */
            answered_at?: string;
            /** Format: uuid */
            booking_id?: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            customer_id: string;
            customer_name: string;
            direction: components["schemas"]["CallDirection"];
            /** Format: date-time */
            ended_at?: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            /** @description Of each side that was connected: on the whole, or of a live call its newest sample. */
            quality: components["schemas"]["CallSideQuality"][];
            reason: string;
            scenario: components["schemas"]["ScenarioSummary"];
            state: components["schemas"]["CallState"];
            verdict: components["schemas"]["IdentificationState"];
        };
        /** @description One page of a list. */
        CallSummaryList: {
            items: components["schemas"]["CallSummary"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description Whether a call may go on by telephone, and how that stands. */
        CallTelephone: {
            /** @description The scenario allows it, the agent has a telephone, and a number is on file or may be given. */
            allowed: boolean;
            /** @description A number may be given. */
            any_number: boolean;
            parts: components["schemas"]["CallTelephonePart"][];
            /** @description Why the newest part failed or ended: busy, no_answer, machine, failed, canceled, not_confirmed, agent_not_reached, hung_up, to_video, call_ended, or the code of an error. */
            reason?: string;
            /** @description Of the newest part; absent: there was none. */
            state?: components["schemas"]["CallTelephoneState"];
        };
        /** @description A time by telephone of a video call. What is said in it is not recorded. */
        CallTelephonePart: {
            asked_by: components["schemas"]["Participant"];
            /** Format: date-time */
            created_at: string;
            /**
             * Format: int64
             * @description On the recording's clock.
             */
            from_ms?: number;
            /** Format: uuid */
            id: string;
            /**
             * Format: uuid
             * @description Absent for customers.
             */
            phone_call_id?: string;
            reason?: string;
            state: components["schemas"]["CallTelephoneState"];
            /** Format: int64 */
            to_ms?: number;
        };
        /**
         * @description asked = the customer is being called; ended and failed are final.
         * @enum {string}
         */
        CallTelephoneState: "asked" | "connected" | "ended" | "failed";
        /** @description The newest transfer of a call. */
        CallTransfer: {
            /** Format: date-time */
            asked_at?: string;
            /**
             * Format: date-time
             * @description When nobody is asked any more.
             */
            expires_at?: string;
            /** Format: uuid */
            from_agent_id: string;
            from_agent_name?: string;
            /**
             * Format: uuid
             * @description Its entry in the queue.
             */
            id: string;
            /** @description For who takes it; may be empty. */
            note: string;
            /** Format: uuid */
            offered_to?: string;
            offered_to_name?: string;
            skill?: string;
            /**
             * @description waiting: for somebody who is free; offered: to offered_to; joined: whoever accepted a warm one is in the call; done: handed over.
             * @enum {string}
             */
            state: "waiting" | "offered" | "joined" | "done";
            /**
             * Format: uuid
             * @description Who it is for, or has accepted. Absent while it is for a skill.
             */
            to_agent_id?: string;
            to_agent_name?: string;
            warm: boolean;
        };
        /** @description People of a list, called with a flow. */
        Campaign: {
            /**
             * Format: uuid
             * @description Who approved the start, or the last change of it. A change of more than the name takes the approval back.
             */
            approved_by?: string;
            class: components["schemas"]["CampaignClass"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            created_by?: string;
            /** Format: date-time */
            end_at?: string;
            /** Format: date-time */
            ended_at?: string;
            /** @description Name of the flow that leads the calls. */
            flow: string;
            /** Format: uuid */
            id: string;
            /** @description What a machine hears when settings.machine is message. */
            machine_flow?: string;
            machine_version?: number;
            name: string;
            /** @description Why the gateway itself paused it; approval = it was changed after its approval, and somebody else resumes it. */
            pause_reason?: string;
            /**
             * Format: uuid
             * @description Who asked for the start, or changed what was approved, while it awaits approval.
             */
            requested_by?: string;
            settings: components["schemas"]["CampaignSettings"];
            /** Format: date-time */
            start_at?: string;
            /** Format: date-time */
            started_at?: string;
            state: components["schemas"]["CampaignState"];
            /** Format: date-time */
            updated_at: string;
            /** @description Of the flow, pinned when the start is asked for; left out for the shipped one. */
            version?: number;
        };
        CampaignAnswer: {
            answer: string;
            count: number;
        };
        /**
         * @description What is left out stays; settings are replaced as a whole. An empty start_at or end_at takes it away.
         * @example {
         *       "name": "Survey of March"
         *     }
         */
        CampaignChanges: {
            class?: components["schemas"]["CampaignClass"];
            /** @description RFC 3339, or empty. */
            end_at?: string;
            flow?: string;
            /** @description Empty takes it away. */
            machine_flow?: string;
            name?: string;
            settings?: components["schemas"]["CampaignSettings"];
            /** @description RFC 3339, or empty. */
            start_at?: string;
        };
        /**
         * @description What opt-outs, frequency caps and quiet hours go by.
         * @enum {string}
         */
        CampaignClass: "transaction" | "reminder" | "notice";
        /** @description Somebody on a campaign's list. */
        CampaignContact: {
            answered: boolean;
            calls: number;
            /** Format: uuid */
            customer_id?: string;
            /** @description The word that the flow ended with, or why the call was refused. */
            detail?: string;
            /** Format: date-time */
            ended_at?: string;
            finished: boolean;
            handed_over: boolean;
            human: boolean;
            /** Format: uuid */
            id: string;
            locale: components["schemas"]["Locale"];
            /**
             * Format: date-time
             * @description Not called before.
             */
            next_at?: string;
            outcome?: components["schemas"]["CampaignOutcome"];
            /** @description Masked for people. */
            phone: string;
            /**
             * Format: uuid
             * @description The last call.
             */
            phone_call_id?: string;
            reference?: string;
            /** @description In its file or batch. */
            row: number;
            state: components["schemas"]["CampaignContactState"];
        };
        /** @description One page of a list. */
        CampaignContactList: {
            items: components["schemas"]["CampaignContact"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description What became of a batch. */
        CampaignContactsAdded: {
            import: components["schemas"]["CampaignImport"];
            refusals: components["schemas"]["CampaignRefusal"][];
        };
        /**
         * @description queued = not called yet, waiting = to be called again.
         * @enum {string}
         */
        CampaignContactState: "queued" | "waiting" | "calling" | "done";
        CampaignDetailCount: {
            count: number;
            /** @description The word that the flow ended with, or why the call was refused. */
            detail?: string;
            outcome: components["schemas"]["CampaignOutcome"];
        };
        /** @description How many contacts got so far; each number includes the next, but for handed_over, which is some of human. */
        CampaignFunnel: {
            answered: number;
            called: number;
            /** @description The flow came to its end. */
            finished: number;
            /** @description An agent took over. */
            handed_over: number;
            human: number;
            listed: number;
        };
        /** @description What became of a list that was handed in. */
        CampaignImport: {
            accepted: number;
            /** Format: uuid */
            campaign_id: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            ended_at?: string;
            /** @description Why it is broken. */
            error?: string;
            /** Format: uuid */
            id: string;
            refused: number;
            refused_by_code: {
                [key: string]: number;
            };
            /** @description Path of what was refused; absent when nothing was. */
            report?: string;
            rows: number;
            /** @enum {string} */
            source: "csv" | "api";
            /** @enum {string} */
            state: "receiving" | "done" | "broken";
        };
        /** @description One page of a list. */
        CampaignImportList: {
            items: components["schemas"]["CampaignImport"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description One page of a list. */
        CampaignList: {
            items: components["schemas"]["Campaign"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description Each contact gets exactly one, and keeps it. machine, busy, no_answer and failed: so the last time, too. unknown: the provider does not know what became of the call, which is not made again.
         * @enum {string}
         */
        CampaignOutcome: "completed" | "hung_up" | "abandoned" | "machine" | "busy" | "no_answer" | "failed" | "unknown" | "opted_out" | "capped" | "not_allowed" | "expired" | "canceled";
        CampaignPacing: {
            /**
             * Format: double
             * @description The most people of a day who may have answered to find no agent, in percent of those who answered; above 0. Default 3.
             */
            abandonment_percent?: number;
            /**
             * Format: double
             * @description The most calls that begin in a second, above 0. Default 1.
             */
            calls_per_second?: number;
            /**
             * @description progressive calls no more people than there are agents free, and slows down by itself when people find none. Default fixed.
             * @enum {string}
             */
            mode?: "fixed" | "progressive";
            /** @description The most calls under way at a time. Default 10. */
            parallel?: number;
            /**
             * Format: double
             * @description How many calls ring for each free agent at the most, in progressive mode. Default 1.
             */
            ratio?: number;
        };
        /** @description How far a campaign is. */
        CampaignProgress: {
            /** @description Of these, who found no agent. */
            abandoned_today?: number;
            /** @description People who answered today (UTC), in progressive mode. */
            answered_today?: number;
            /** Format: date-time */
            at: string;
            /** @description Under way. */
            calling: number;
            /** @description Calls placed. */
            calls: number;
            /** @description On the list: the sum of the next four. */
            contacts: number;
            /** @description Have their outcome. */
            done: number;
            funnel: components["schemas"]["CampaignFunnel"];
            /**
             * Format: date-time
             * @description When somebody may be called next, while nobody may now.
             */
            next_at?: string;
            /** @description How many are done with which outcome. */
            outcomes: {
                [key: string]: number;
            };
            /** @description Not called yet. */
            queued: number;
            state: components["schemas"]["CampaignState"];
            /** @description To be called again. */
            waiting: number;
        };
        CampaignQuestion: {
            /** @description Contacts who answered. */
            answered: number;
            /** @description The most frequent first, at most 100. */
            answers: components["schemas"]["CampaignAnswer"][];
            /** @description Its name in the flow. */
            question: string;
        };
        CampaignRefusal: {
            code: string;
            field?: string;
            reason: string;
            /** @description From 0. */
            row: number;
        };
        /** @description What came of the calls. */
        CampaignResults: {
            details: components["schemas"]["CampaignDetailCount"][];
            questions: components["schemas"]["CampaignQuestion"][];
        };
        CampaignRetry: {
            /** @description How often it is tried again. */
            count: number;
            /** @description Seconds until then, at least 30. */
            delay: number;
        };
        /** @description A campaign's rules. Answers show the defaults filled in. */
        CampaignSettings: {
            /** @description A field or variable, and the header of the column of a CSV file that it is read from. */
            columns?: {
                [key: string]: string;
            };
            /** @description The bank's calendars on whose days nobody is called. */
            holiday_calendars?: string[];
            /** @description For how many days after the end the list is kept: then numbers, customers, references and variables are wiped, and outcomes and counts stay. Default 90. */
            keep_days?: number;
            /**
             * @description What is done when a machine answers. message says machine_flow to it. Default hang_up.
             * @enum {string}
             */
            machine?: "ignore" | "hang_up" | "message";
            /** @description The most calls to one contact in all. Default 4. */
            max_calls?: number;
            pacing?: components["schemas"]["CampaignPacing"];
            /** @description How often a contact is called again after busy, no_answer, machine and failed. Default 2 after 10 min, 2 after 2 h, 1 after 4 h, 1 after 30 min. */
            retries?: {
                [key: string]: components["schemas"]["CampaignRetry"];
            };
            /** @description When people are called, by the clock where they are: the zone of the list, else the customer's, else that of the number. Default Monday to Saturday, 09:00 to 20:00. */
            windows?: components["schemas"]["CallingWindow"][];
        };
        /**
         * @description finished and stopped are final.
         * @enum {string}
         */
        CampaignState: "draft" | "awaiting_approval" | "scheduled" | "running" | "paused" | "stopping" | "stopped" | "finished";
        /** @description Capacity by scenario and interval. */
        Capacity: {
            interval_minutes: number;
            scenarios: components["schemas"]["ScenarioCapacity"][];
            /** @description The bank's, in which intervals begin. */
            time_zone: string;
        };
        /** @description One interval; those without places, bookings and forecast are left out. Counts are of bookings that begin in the interval. places is how many could be if nothing else were booked, free how many more can be now. */
        CapacityInterval: {
            /** @description Of this scenario, live or over, but not cancelled. */
            booked: number;
            /** Format: date-time */
            end: string;
            /**
             * Format: double
             * @description Bookings to be expected in all; left out with fewer than two past weeks.
             */
            forecast?: number;
            /** @description What is past has none. */
            free: number;
            /** @description Of this scenario, by customers who are filling in. */
            held: number;
            places: number;
            /** Format: date-time */
            start: string;
        };
        /**
         * @description How a scenario uses the agents' time, besides its slots. A field that is left out has its default.
         * @example {
         *       "buffer_after_minutes": 5,
         *       "daily_cap": 200
         *     }
         */
        CapacitySettings: {
            /**
             * @description Bookings, of whatever scenario, in one agent's calendar on one day of the bank's zone, for this scenario to add another. Default 0: no limit.
             * @default 0
             */
            agent_daily_cap: number;
            /**
             * @description Kept free of other bookings after each. Default 0.
             * @default 0
             */
            buffer_after_minutes: number;
            /**
             * @description Kept free of other bookings before each. Default 0.
             * @default 0
             */
            buffer_before_minutes: number;
            /**
             * @description A booking may name its agent. Default false: the agent is drawn at the call.
             * @default false
             */
            choose_agent: boolean;
            /**
             * @description Bookings of the scenario that may begin on one day of the bank's zone. Default 0: no limit.
             * @default 0
             */
            daily_cap: number;
            /** @description What follows from a customer's needs, by the need's name. */
            needs?: {
                [key: string]: components["schemas"]["NeedRule"];
            };
            /**
             * @description Places beyond the agents' calendars, of those who work at the time, rounded down; besides overbooking. Default 0.
             * @default 0
             */
            overbooking_percent: number;
        };
        /**
         * @description The cards of a customer.
         * @example {
         *       "card_hashes": [
         *         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
         *       ]
         *     }
         */
        CardHashes: {
            /** @description HMAC-SHA-256 of the card's number under a key that only the bank has, in lower-case hexadecimal. Never the number. */
            card_hashes: string[];
        };
        /**
         * @description What guidance or advice has come to. follow_up: the bank has still to do something.
         * @enum {string}
         */
        CaseOutcome: "resolved" | "follow_up" | "unresolved";
        /**
         * @description A way to reach a customer.
         * @enum {string}
         */
        Channel: "sms" | "voice" | "push" | "flash";
        /** @description The bank's program that answers in chats first. */
        ChatBot: {
            enabled: boolean;
            /** @description How long it may take to answer. */
            seconds: number;
            /** @description whsec_…: what questions to a new address are signed with. Shown once. */
            secret?: string | null;
            url?: string;
        };
        /**
         * @description The bank's program that answers in chats first.
         * @example {
         *       "enabled": false
         *     }
         */
        ChatBotChanges: {
            enabled: boolean;
            /** @description How long it may take to answer. Default 5. */
            seconds?: number;
            /** @description An https address, as of webhooks. None: no bot. */
            url?: string;
        };
        ChatBotSecret: {
            /** @description whsec_…, shown once. */
            secret: string | null;
        };
        /** @description The customer is at the branch. */
        CheckedIn: {
            /** Format: uuid */
            booking_id: string;
            /** Format: date-time */
            checked_in_at: string;
            /** Format: date-time */
            end: string;
            /** Format: date-time */
            start: string;
        };
        /**
         * @description What the customer shows.
         * @example {
         *       "code": "AAAAAAAAAAAAAAAAAAAAAA"
         *     }
         */
        CheckIn: {
            /** @description What the QR code holds, whole or only its signature. Required of a program. */
            code?: string;
        };
        /** @description The outcome of a check. A wrong code is an answer, not an error. */
        CheckResult: {
            approved: boolean;
            /** @description Checks left of this code. Absent in a recovery, which tells nothing about the number. */
            attempts_left?: number;
            /** Format: date-time */
            expires_at?: string;
            /** Format: date-time */
            next_send_at?: string;
            /** @description Of state failed: link_mismatch, number_mismatch. */
            reason?: string;
            /** Format: date-time */
            session_expires_at?: string;
            /** @description Of the verified session that was asked for: a JWT. Shown once; null in a replay. */
            session_token?: string | null;
            state: components["schemas"]["VerificationState"];
        };
        /**
         * @description The customer's document.
         * @example {
         *       "document_type": "national_id"
         *     }
         */
        ChooseDocument: {
            document_type: components["schemas"]["DocumentType"];
        };
        /**
         * @description The code as it was typed.
         * @example {
         *       "code": "123456"
         *     }
         */
        CodeCheck: {
            /**
             * @description Digits; spaces and hyphens do not matter.
             * @example 123456
             */
            code: string;
        };
        /** @description A code that was sent. */
        CodeState: {
            attempts_left: number;
            /** Format: date-time */
            expires_at: string;
            /**
             * Format: date-time
             * @description A resend before this is refused.
             */
            next_send_at: string;
            /** @example +84•••••4567 */
            phone_masked?: string;
            /** @description True: it went over the public telephone network. */
            restricted?: boolean;
            state: components["schemas"]["VerificationState"];
            /** Format: uuid */
            verification_id: string;
            way?: components["schemas"]["VerificationWay"];
            /** @description While it is pending: how else it can be sent, and from when on. */
            ways?: components["schemas"]["VerificationWayState"][];
        };
        /**
         * @description What guidance or advice has come to.
         * @example {
         *       "outcome": "resolved",
         *       "note": "Found the limits of the card in the app."
         *     }
         */
        Completion: {
            /** @description For the bank; not shown to the customer. Default empty. */
            note?: string;
            outcome: components["schemas"]["CaseOutcome"];
        };
        /** @description Both sides of a call in one MP4. */
        Composite: {
            /** Format: int64 */
            bytes?: number;
            /** Format: uuid */
            call_id: string;
            /** @description ffmpeg_failed. */
            error?: string;
            /** Format: date-time */
            finished_at?: string;
            percent: number;
            /** @description Hexadecimal. */
            sha256?: string;
            /** @enum {string} */
            state: "none" | "queued" | "running" | "complete" | "failed" | "cancelled";
            /** @description Path of the MP4, when it is complete. */
            url?: string;
        };
        /** @description What the customer decided about one text. */
        Consent: {
            accepted: boolean;
            /** Format: date-time */
            at: string;
            /** @example recording */
            key: string;
            locale: string;
            /** @description Of the very words that were shown, hexadecimal. */
            text_sha256: string;
            version: number;
        };
        /**
         * @description One decision on one text.
         * @example {
         *       "key": "process",
         *       "version": 1,
         *       "accepted": true
         *     }
         */
        ConsentDecision: {
            accepted: boolean;
            key: string;
            /** @description That was shown. */
            version: number;
        };
        /**
         * @description What the customer decided. Declining ends the case politely.
         * @example {
         *       "decisions": [
         *         {
         *           "key": "process",
         *           "version": 1,
         *           "accepted": true
         *         }
         *       ]
         *     }
         */
        ConsentDecisions: {
            decisions: components["schemas"]["ConsentDecision"][];
        };
        /**
         * @description A consent text. call_recording: to the recording of a call that identifies nobody.
         * @enum {string}
         */
        ConsentKey: "process" | "recording" | "call_recording";
        /** @description When codes that nobody confirms stop a range of numbers or a route. */
        ConversionPolicy: {
            /** @description Percent of codes that have to be confirmed within an hour. Default 35. */
            line?: number;
            /** @description Codes that are sent before the line counts. Default 50. */
            minimum?: number;
            /** @description Watches nothing. */
            off?: boolean;
        };
        /** @description A person to identify or notify. */
        Customer: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            locale: components["schemas"]["Locale"];
            metadata: components["schemas"]["Metadata"];
            /** @example Nguyễn Văn An */
            name: string;
            needs?: components["schemas"]["Needs"];
            /**
             * @description E.164 for the bank's API keys; masked for agents.
             * @example +84901234567
             */
            phone: string;
            /**
             * @description The bank's own name for the customer, unique in the bank.
             * @example C-1001
             */
            reference?: string;
            /**
             * @description The bank's own grouping; empty when none.
             * @example private
             */
            segment: string;
            /**
             * @description IANA name.
             * @example Asia/Ho_Chi_Minh
             */
            time_zone: string;
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description What to change. A field that is left out stays.
         * @example {}
         */
        CustomerChanges: {
            locale?: string;
            /** @description Replaces all of it. */
            metadata?: components["schemas"]["Metadata"];
            name?: string;
            /** @description Replaces all of them. */
            needs?: components["schemas"]["Needs"];
            /** @description Any usual spelling; kept as E.164. */
            phone?: string;
            reference?: string;
            /** @description Region of a number in national form. */
            region?: string;
            segment?: string;
            time_zone?: string;
        };
        /** @description One page of a list. */
        CustomerList: {
            items: components["schemas"]["Customer"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description A customer inside another thing. */
        CustomerSummary: {
            /** Format: uuid */
            id: string;
            locale: components["schemas"]["Locale"];
            name: string;
            needs: components["schemas"]["Needs"];
            /** @description E.164 for the bank's API keys; masked for agents. */
            phone: string;
            /** @description The bank's own grouping; empty when none. */
            segment: string;
            time_zone: string;
        };
        /**
         * @description A word to who asked.
         * @example {
         *       "note": "Agreed with the branch."
         *     }
         */
        DecisionNote: {
            /** @description Why. */
            note?: string;
        };
        /** @description One message over one channel to one recipient. */
        Delivery: {
            attempts: number;
            channel: components["schemas"]["Channel"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            device_id?: string;
            /**
             * @description The customer may have it twice. possible: the outcome of an attempt never became known, and it was handed
             *     over again (a push is shown once all the same). certain: the provider has told of two. Absent: neither.
             * @enum {string}
             */
            duplicate?: "possible" | "certain";
            /** @description The provider's; empty when none. */
            error_code: string;
            /** Format: date-time */
            finished_at?: string;
            /** Format: uuid */
            id: string;
            /** @example twilio */
            provider: string;
            /** @description The provider's name for it. */
            provider_id?: string;
            receipts: components["schemas"]["Receipt"][];
            /**
             * @description Masked.
             * @example +84•••••4567
             */
            recipient: string;
            /** Format: date-time */
            sent_at?: string;
            state: components["schemas"]["DeliveryState"];
            /** @description Which step of the message's way it was made for, from 1. */
            step?: number;
            /** @description Why this route. */
            why?: string;
        };
        /**
         * @description unknown: the provider did not answer in time; it is asked before anything else is sent.
         * @enum {string}
         */
        DeliveryState: "pending" | "sending" | "unknown" | "sent" | "delivered" | "undelivered" | "failed" | "expired" | "cancelled";
        /** @description A device of a customer that can be pushed to and rung. */
        Device: {
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Since the provider no longer knows the token.
             */
            disabled_at?: string;
            /**
             * @description apns only. Without one, the gateway's setting.
             * @enum {string}
             */
            environment?: "production" | "sandbox";
            /** Format: uuid */
            id: string;
            /** @example An's phone */
            name: string;
            platform: components["schemas"]["DevicePlatform"];
            provider: components["schemas"]["DeviceProvider"];
            /**
             * Format: date-time
             * @description When the token was last registered.
             */
            registered_at: string;
            /**
             * @description The token's last characters; of a browser the endpoint's.
             * @example …q7Zx
             */
            token_hint: string;
            /** @description apns only: it has a PushKit token, so calls ring by VoIP push. */
            voip?: boolean;
        };
        /**
         * @description A device's answer to a push approval.
         * @example {
         *       "factor_id": "0190d3b0-0000-7000-8000-000000000000",
         *       "decision": "approve",
         *       "number": 42,
         *       "signature": "AA=="
         *     }
         */
        DeviceAnswer: {
            /** @enum {string} */
            decision: "approve" | "deny";
            /** Format: uuid */
            factor_id: string;
            /** @description That the customer chose; with approve. */
            number?: number;
            /** @description ES256, base64; see docs/api.md. */
            signature: string;
        };
        /** @description One page of a list. */
        DeviceList: {
            items: components["schemas"]["Device"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description android goes by fcm, ios by apns (or fcm, when the app is built on Firebase), web by webpush.
         * @enum {string}
         */
        DevicePlatform: "android" | "ios" | "web";
        /**
         * @description Who carries pushes to a device.
         * @enum {string}
         */
        DeviceProvider: "fcm" | "apns" | "webpush";
        /**
         * @description A document that identifies.
         * @enum {string}
         */
        DocumentType: "national_id" | "citizen_card" | "passport" | "driving_licence";
        /**
         * @example {
         *       "source": "flow: own_flow"
         *     }
         */
        DraftFlow: {
            /** @description YAML or JSON, see docs/ivr.md. */
            source: string;
        };
        /**
         * @description The bank's own words.
         * @example {
         *       "variants": [
         *         "{bank}: text"
         *       ]
         *     }
         */
        DraftText: {
            variants: components["schemas"]["TextVariants"];
        };
        /** @description An agent who could be chosen. */
        DrawCandidate: {
            /** Format: uuid */
            agent_id: string;
            weight: number;
        };
        /** @description One choice; the last one's agent took the call. */
        DrawRound: {
            /** Format: date-time */
            at: string;
            candidates: components["schemas"]["DrawCandidate"][];
            /** Format: uuid */
            chosen: string;
            round: number;
            /** @description random and weighted are draws, the others follow from who was free. */
            strategy: string;
        };
        /**
         * @description Which times suit.
         * @example {}
         */
        EnterWaitlist: {
            /**
             * Format: date-time
             * @description The earliest start. Default: now.
             */
            from?: string;
            /**
             * Format: uuid
             * @description May be left out by a customer: it is the session's.
             */
            identification_id?: string;
            /**
             * Format: date-time
             * @description The latest start. Default, and at most: the end of the scenario's horizon.
             */
            to?: string;
        };
        /** @description Something that happened: ids and states, no personal data. */
        Event: {
            actor?: components["schemas"]["EventActor"];
            data: {
                [key: string]: unknown;
            };
            /** Format: uuid */
            id: string;
            object: components["schemas"]["EventObject"];
            /** @description 1, 2, 3, … for its object. */
            sequence: number;
            /** Format: date-time */
            timestamp: string;
            /**
             * @description <noun>.<past verb>
             * @example booking.confirmed
             */
            type: string;
        };
        /** @description Who did it. */
        EventActor: {
            /** Format: uuid */
            id?: string;
            kind: components["schemas"]["ActorKind"];
        };
        /** @description One page of a list. */
        EventList: {
            items: components["schemas"]["Event"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description What it happened to. */
        EventObject: {
            /** Format: uuid */
            id: string;
            /** @example booking */
            type: string;
        };
        /** @description What a customer holds besides a number. */
        Factor: {
            /** @description Push: what the device signs to prove that it holds its key; until it is confirmed. */
            challenge?: string;
            /** Format: date-time */
            confirmed_at?: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            device_id?: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["FactorKind"];
            /** Format: date-time */
            last_used_at?: string;
            metadata: components["schemas"]["Metadata"];
            name: string;
            /** @enum {string} */
            state: "unverified" | "active";
        };
        /**
         * @description push: a device with a signing key. totp: an authenticator app.
         * @enum {string}
         */
        FactorKind: "push" | "totp";
        /** @description All factors of a customer. */
        FactorList: {
            items: components["schemas"]["Factor"][];
        };
        /** @description A new factor. */
        FactorMade: {
            factor: components["schemas"]["Factor"];
            /** @description TOTP: the seed in base32. Shown once; null in a replay. */
            secret?: string | null;
            /** @description TOTP: otpauth URI for the authenticator app. Shown once; null in a replay. */
            uri?: string | null;
        };
        /**
         * @description A code of the authenticator app, or the device's signature (base64).
         * @example {
         *       "proof": "123456"
         *     }
         */
        FactorProof: {
            proof: string;
        };
        /** @description One refused part of a request. */
        FieldProblem: {
            /**
             * @description Path in the body, or the parameter's name.
             * @example phone
             */
            field: string;
            /**
             * @description A sentence.
             * @example is not a valid phone number
             */
            reason: string;
        };
        /** @description A telephone dialogue, as it stands. */
        Flow: {
            input: components["schemas"]["FlowInput"][];
            locales: string[];
            name: string;
            open?: components["schemas"]["FlowVersion"];
            /** @description One of this name came with the gateway. */
            shipped: boolean;
            title: string;
            /** @description In force. 0: the one that came with the gateway. Missing: none is. */
            version?: number;
        };
        /** @description How often an answer was given. */
        FlowAnswerCount: {
            answer: string;
            count: number;
            question: string;
            /** @description Of a question; else keys of a gather. */
            survey: boolean;
        };
        FlowAnswers: {
            items: components["schemas"]["FlowAnswerCount"][];
        };
        /** @description What happened to a flow. */
        FlowChange: {
            /** @enum {string} */
            action: "drafted" | "submitted" | "approved" | "rejected" | "published" | "archived" | "reverted";
            /** @enum {string} */
            actor: "bank" | "agent" | "customer" | "system";
            /** Format: uuid */
            actor_id?: string;
            /** Format: date-time */
            at: string;
            note?: string;
            version: number;
        };
        /** @description A flow with its versions, newest first, and its history, oldest first. */
        FlowDetail: {
            flow: components["schemas"]["Flow"];
            history: components["schemas"]["FlowChange"][];
            /** @description Of the open version. */
            open_source?: string;
            /** @description Of the open version. */
            problems: components["schemas"]["FlowProblem"][];
            /** @description In force, or of the newest version. */
            source: string;
            versions: components["schemas"]["FlowVersion"][];
        };
        /** @description A flow as a graph. */
        FlowDiagram: {
            edges: components["schemas"]["FlowEdge"][];
            nodes: components["schemas"]["FlowNode"][];
        };
        /** @description A way from a step to another. */
        FlowEdge: {
            from: string;
            /** @description The key, or the occasion. */
            label?: string;
            to: string;
        };
        /** @description A variable that whoever starts the flow gives. */
        FlowInput: {
            name: string;
            optional: boolean;
        };
        FlowList: {
            items: components["schemas"]["Flow"][];
        };
        /** @description A step. */
        FlowNode: {
            /** @description Here a call ends or is handed over. */
            end: boolean;
            /** @description The step's name. */
            id: string;
            kind: components["schemas"]["FlowStepKind"];
            /** @description Its first words, or what it does. */
            label: string;
            line: number;
            /** @description Here an answering machine begins. */
            machine: boolean;
            /** @description Here a call begins. */
            start: boolean;
        };
        /**
         * @example {
         *       "note": "Well said."
         *     }
         */
        FlowNote: {
            note?: string;
        };
        FlowNumber: {
            flow: string;
            /** @description In E.164, or any for all others. */
            number: string;
        };
        /**
         * @example {
         *       "items": [
         *         {
         *           "number": "any",
         *           "flow": "inbound_menu"
         *         }
         *       ]
         *     }
         */
        FlowNumbers: {
            items: components["schemas"]["FlowNumber"][];
        };
        /** @description Something that is wrong with a flow. */
        FlowProblem: {
            /** @description From 1. */
            column: number;
            /** @description Of the document, from 1. */
            line: number;
            message: string;
            /** @enum {string} */
            rule: "syntax" | "unknown_key" | "missing" | "value" | "unknown_step" | "unreachable_step" | "loop_without_input" | "missing_prompt" | "variable_not_set" | "key_used_twice" | "no_exit_on_no_input" | "no_way_out" | "missing_recording" | "no_voice" | "secret_spoken";
            /** @enum {string} */
            severity: "error" | "advice";
            step?: string;
        };
        FlowSecret: {
            /** @description whsec_ and base64. */
            secret: string;
        };
        /** @description One version with its document. */
        FlowSource: {
            name: string;
            problems: components["schemas"]["FlowProblem"][];
            source: string;
            state: components["schemas"]["FlowState"];
            version: number;
        };
        /**
         * @description Published is in force. Draft, submitted and approved are open; a flow has one open version at most.
         * @enum {string}
         */
        FlowState: "draft" | "submitted" | "approved" | "rejected" | "published" | "archived";
        /** @enum {string} */
        FlowStepKind: "say" | "play" | "pause" | "gather" | "branch" | "webhook" | "verify" | "confirm_booking" | "move_booking" | "cancel_booking" | "record" | "question" | "opt_out" | "block" | "read_code" | "link" | "handover" | "hang_up";
        FlowValidation: {
            diagram: components["schemas"]["FlowDiagram"];
            problems: components["schemas"]["FlowProblem"][];
            /** @description No problem is an error. */
            valid: boolean;
        };
        /** @description A version of a flow of the bank's own. It never changes once submitted. */
        FlowVersion: {
            authors: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            state: components["schemas"]["FlowState"];
            /** Format: date-time */
            updated_at: string;
            version: number;
        };
        /**
         * @description One field of the form.
         * @example {
         *       "key": "full_name",
         *       "type": "text",
         *       "label": {
         *         "en": "Full name",
         *         "vi": "Họ và tên"
         *       }
         *     }
         */
        FormField: {
            /** @description A hint below the field. */
            help?: components["schemas"]["Translations"];
            /** @example full_name */
            key: string;
            label: components["schemas"]["Translations"];
            /**
             * @description Characters. Default 200.
             * @default 200
             */
            max_length: number;
            /**
             * @description Of a date of birth: in years. Default 0.
             * @default 0
             */
            min_age: number;
            /** @description For type choice. */
            options?: components["schemas"]["FormOption"][];
            /**
             * @description Of a date: not in the future, not before 1900. Default false.
             * @default false
             */
            past: boolean;
            /** @description Of a text: a regular expression (RE2) for the whole value. */
            pattern?: string;
            /**
             * @description Default false.
             * @default false
             */
            required: boolean;
            type: components["schemas"]["FormFieldType"];
        };
        /**
         * @description date is YYYY-MM-DD, phone E.164 after the check, checkbox true or false.
         * @enum {string}
         */
        FormFieldType: "text" | "date" | "choice" | "phone" | "number" | "checkbox";
        /**
         * @description One choice.
         * @example {
         *       "value": "text",
         *       "label": {
         *         "en": "Full name",
         *         "vi": "Họ và tên"
         *       }
         *     }
         */
        FormOption: {
            label: components["schemas"]["Translations"];
            value: string;
        };
        /** @description The newest form. */
        FormState: {
            /** @description That the customer confirmed; 0 = none. */
            confirmed_version: number;
            data: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            submitted_at?: string;
            version: number;
        };
        /**
         * @description A version of the form.
         * @example {
         *       "version": 1
         *     }
         */
        FormVersion: {
            version: number;
        };
        /**
         * @description watch: sees and hears. whisper: is heard by the agent only. join: is seen and heard by all.
         * @enum {string}
         */
        GuestMode: "watch" | "whisper" | "join";
        /**
         * @description To whom.
         * @example {
         *       "to": "bot"
         *     }
         */
        HandBackThread: {
            /** @enum {string} */
            to: "bot" | "person";
        };
        /** @description A time that is kept for a case until held_until. */
        Hold: {
            /** Format: date-time */
            end: string;
            /** Format: date-time */
            held_until: string;
            /**
             * Format: uuid
             * @description Of the booking that it may become.
             */
            id: string;
            /** Format: uuid */
            identification_id: string;
            /** Format: date-time */
            start: string;
        };
        /**
         * @description A day on which is no work.
         * @example {
         *       "date": "2027-09-02",
         *       "name": "Quốc khánh"
         *     }
         */
        Holiday: {
            /** Format: date */
            date: string;
            name: string;
        };
        /** @description A calendar of holidays. */
        HolidayCalendar: {
            agent_ids: string[];
            /** @description After a change, of bookings whose agents no longer work then; left out when there are none. */
            conflicts?: components["schemas"]["BookingConflict"][];
            /** Format: date-time */
            created_at: string;
            everyone: boolean;
            holidays: components["schemas"]["Holiday"][];
            /** Format: uuid */
            id: string;
            name: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description Calendars of holidays. */
        HolidayCalendarList: {
            items: components["schemas"]["HolidayCalendar"][];
        };
        /**
         * @description An iCalendar file.
         * @example {
         *       "ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20270902\r\nSUMMARY:National Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
         *     }
         */
        HolidayImport: {
            /** @description The file's text. */
            ics: string;
        };
        /** @description What an import did. */
        HolidayImportResult: {
            calendar: components["schemas"]["HolidayCalendar"];
            /** @description Dates that the file gave. */
            imported: number;
            /** @description Dates of before that are gone. */
            removed: number;
            skipped: components["schemas"]["SkippedEvent"][];
        };
        /**
         * @description One span on one weekday, by the wall clock of a zone.
         * @example {
         *       "weekday": 1,
         *       "starts": "09:00",
         *       "ends": "17:00",
         *       "time_zone": "Asia/Ho_Chi_Minh"
         *     }
         */
        Hours: {
            /**
             * @description HH:MM after starts; 24:00 is the end of the day.
             * @example 17:00
             */
            ends: string;
            /**
             * @description A break is taken out of the hours of work. Default work.
             * @enum {string}
             */
            kind?: "work" | "break";
            /**
             * @description HH:MM.
             * @example 09:00
             */
            starts: string;
            /**
             * @description IANA name.
             * @example Asia/Ho_Chi_Minh
             */
            time_zone: string;
            /** @description 0 = Sunday. */
            weekday: number;
        };
        /** @description A change of an agent's weekly hours. */
        HoursChange: {
            after: components["schemas"]["Hours"][];
            /** Format: uuid */
            agent_id: string;
            /** Format: date-time */
            asked_at: string;
            /**
             * Format: uuid
             * @description The agent or API key.
             */
            asked_by?: string;
            before: components["schemas"]["Hours"][];
            /** @description In a list always empty. */
            conflicts: components["schemas"]["BookingConflict"][];
            /** Format: date-time */
            decided_at?: string;
            /** Format: uuid */
            decided_by?: string;
            /** Format: uuid */
            id: string;
            note?: string;
            state: components["schemas"]["ApprovalState"];
        };
        /** @description Changes of working hours. */
        HoursChangeList: {
            items: components["schemas"]["HoursChange"][];
            next_cursor?: string;
        };
        /** @description A case: everything that is known of one identification. */
        Identification: {
            /** @description The newest. */
            booking?: components["schemas"]["Booking"];
            /** @description Oldest first. */
            calls: components["schemas"]["Call"][];
            consents: components["schemas"]["Consent"][];
            /** Format: date-time */
            created_at: string;
            customer: components["schemas"]["CustomerSummary"];
            /** Format: date-time */
            decided_at?: string;
            /**
             * Format: uuid
             * @description The agent who gave the verdict or the outcome.
             */
            decided_by?: string;
            /** @description What the customer chose; empty until then. */
            document_type: string;
            /** @description Absent when nothing was submitted yet. */
            form?: components["schemas"]["FormState"];
            /** Format: uuid */
            id: string;
            metadata: components["schemas"]["Metadata"];
            /** @description The agents' own. */
            notes: string;
            /** @description Of a completed case. */
            outcome?: components["schemas"]["CaseOutcome"];
            /** @description The agent's, to the outcome. */
            outcome_note?: string;
            /** @description Of a rejection, decline or cancellation; else empty. */
            reason: string;
            reference?: string;
            scenario: components["schemas"]["ScenarioSummary"];
            state: components["schemas"]["IdentificationState"];
            /** Format: date-time */
            updated_at: string;
        };
        /**
         * @description What to change. A field that is left out stays.
         * @example {}
         */
        IdentificationChanges: {
            /** @description Replaces all of it. */
            metadata?: components["schemas"]["Metadata"];
            notes?: string;
            reference?: string;
        };
        /**
         * @description declined: the customer would not. cancelled: the bank stopped it. completed: of guidance or advice, with an outcome. All but open are final.
         * @enum {string}
         */
        IdentificationState: "open" | "approved" | "rejected" | "declined" | "cancelled" | "completed";
        /** @description A case in a list. */
        IdentificationSummary: {
            /** Format: date-time */
            created_at: string;
            customer: components["schemas"]["CustomerSummary"];
            /** Format: date-time */
            decided_at?: string;
            document_type: string;
            /** Format: uuid */
            id: string;
            metadata: components["schemas"]["Metadata"];
            /** @description Of a completed case. */
            outcome?: components["schemas"]["CaseOutcome"];
            reason: string;
            reference?: string;
            scenario: components["schemas"]["ScenarioSummary"];
            state: components["schemas"]["IdentificationState"];
            /** Format: date-time */
            updated_at: string;
        };
        /** @description One page of a list. */
        IdentificationSummaryList: {
            items: components["schemas"]["IdentificationSummary"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description An address that a carrier calls with what comes in for the bank. */
        InboundAddress: {
            channel: components["schemas"]["RouteChannel"];
            provider: string;
            /** @description The carrier does not sign its callbacks. Who knows the address can send in a customer's name. */
            secret: boolean;
            /**
             * Format: uri
             * @description Of voice: what is told when a call that came in has ended (Twilio: 'Call status changes').
             */
            status_url?: string;
            /** Format: uri */
            url: string;
        };
        /** @description Addresses that carriers call. */
        InboundAddressList: {
            addresses: components["schemas"]["InboundAddress"][];
        };
        /**
         * @description What a customer's message asks for.
         * @enum {string}
         */
        InboundIntent: "stop" | "start" | "help" | "not_me" | "yes" | "no" | "text";
        /** @description What a customer sent, or which key they pressed. */
        InboundMessage: {
            /** Format: uuid */
            about_id?: string;
            about_type?: string;
            /** @enum {string} */
            channel: "sms" | "voice";
            /** Format: uuid */
            customer_id?: string;
            /** @description Masked. */
            from: string;
            /** Format: uuid */
            id: string;
            intent: components["schemas"]["InboundIntent"];
            provider: string;
            /** Format: date-time */
            received_at: string;
            /**
             * Format: uuid
             * @description The automatic answer, a message.
             */
            reply_id?: string;
            text: string;
            to: string;
        };
        /** @description What customers sent in. */
        InboundMessageList: {
            items: components["schemas"]["InboundMessage"][];
            next_cursor?: string;
        };
        /** @description A way for an agent to choose a password. Shown once. */
        Invitation: {
            /** Format: date-time */
            expires_at: string;
            /** @description Shown once; null in a replay. */
            token: string | null;
            /** @description The page to open; shown once; null in a replay. */
            url: string | null;
        };
        /**
         * @description Whom, and as what.
         * @example {
         *       "agent_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "role": "interpreter"
         *     }
         */
        InviteToCall: {
            /** Format: uuid */
            agent_id: string;
            /** @enum {string} */
            role: "interpreter" | "helper";
        };
        /** @description A new key with its secret. */
        IssuedApiKey: {
            /** @description twilio_verify only: the bank as Twilio's SDKs name it. */
            account_sid?: string;
            key: components["schemas"]["ApiKey"];
            /** @description twilio_verify only: the key as an API key of Twilio's, used instead of account_sid. */
            key_sid?: string;
            /** @description The key itself, sent as Authorization: Bearer (twilio_verify: the auth token, or the secret of key_sid). Shown once; null in a replay. */
            secret: string | null;
        };
        /** @description An endpoint with its signing secret. */
        IssuedWebhookEndpoint: {
            endpoint: components["schemas"]["WebhookEndpoint"];
            /** @description whsec_…; shown once; null in a replay. After a rotation the previous one still signs for 24 h. */
            secret: string | null;
        };
        /** @description One step of a message's way. What goes out together is one step. */
        LadderStep: {
            gives_way_on: ("undelivered" | "no_receipt" | "provider_down" | "not_met" | "user_asked")[];
            /** @description From 1, as in its deliveries. */
            step: number;
            targets: components["schemas"]["LadderTarget"][];
            /** @description How long after handing over it gives way without a receipt. Absent when it does not. */
            wait_seconds?: number;
        };
        /** @description Where a step goes. */
        LadderTarget: {
            channel: components["schemas"]["Channel"];
            /**
             * Format: uuid
             * @description Of the delivery, once it was made.
             */
            delivery_id: string;
            /** @description The sender that the recipient sees. */
            from?: string;
            provider: string;
            /** @description Masked. */
            recipient?: string;
            /** @description Why this route. */
            why?: string;
        };
        /** @description How an agent was chosen who took a call that was going on. */
        LaterDraw: {
            /** @description As of the first. */
            commitment: string;
            /** Format: uuid */
            entry_id: string;
            /**
             * @description takeover: the agent before was gone.
             * @enum {string}
             */
            kind: "transfer" | "takeover";
            rounds: components["schemas"]["DrawRound"][];
            /** @description 32 bytes, hexadecimal. */
            seed: string;
        };
        /** @description A customer link. */
        Link: {
            /** Format: date-time */
            expires_at: string;
            /**
             * @description Give it to the customer, nobody else.
             * @example https://id.example/visit/kJ3…
             */
            url: string;
        };
        /**
         * @description visit: the whole case, given to the bank, proves nothing yet. manage: move or cancel a booking, sent to the customer. call: answer one ringing call.
         * @enum {string}
         */
        LinkPurpose: "visit" | "manage" | "call";
        /** @description What the link changed. It changes nothing more from another session. */
        LinkUse: {
            /** Format: date-time */
            at: string;
            /** @description booked, moved or cancelled. */
            change: string;
        };
        /**
         * @description Words to check.
         * @example {
         *       "items": [
         *         {
         *           "key": "queue_busy",
         *           "locale": "en",
         *           "variants": [
         *             "{bank}: text"
         *           ]
         *         }
         *       ]
         *     }
         */
        LintTexts: {
            items?: {
                key: string;
                locale: components["schemas"]["Locale"];
                variants: components["schemas"]["TextVariants"];
            }[];
        };
        /**
         * @description A language that texts exist in. Requests also take a BCP 47 tag of one of them, such as fa-IR, which is kept as the language.
         * @enum {string}
         */
        Locale: "en" | "vi" | "zh" | "fa" | "ru" | "uk";
        /** @description Something told to a customer. */
        Message: {
            /** Format: uuid */
            about_id?: string;
            /** @description booking, call, identification, verification or empty. */
            about_type: string;
            /**
             * Format: uuid
             * @description Of the batch that it belongs to.
             */
            batch_id?: string;
            class: components["schemas"]["MessageClass"];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            customer_id?: string;
            deliveries: components["schemas"]["Delivery"][];
            /**
             * Format: date-time
             * @description When the next step of its way is taken; absent when none waits.
             */
            due_at?: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** @description The way that was planned for it, all steps; only when one message is read. */
            ladder?: components["schemas"]["LadderStep"][];
            locale: string;
            metadata: components["schemas"]["Metadata"];
            /**
             * @description Why nothing was sent. Absent when something was.
             * @enum {string}
             */
            reason?: "opted_out" | "frequency_cap" | "quiet_hours";
            reference?: string;
            state: components["schemas"]["MessageState"];
            /** @description text for words of the bank's own. */
            template: string;
        };
        /** @description A batch as it stands. */
        MessageBatch: {
            accepted: number;
            /** Format: date-time */
            cancelled_at?: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            refused: number;
            /** @description How many of its messages are in which state. */
            states: {
                [key: string]: number;
            };
            total: number;
        };
        /** @description A batch, as it was accepted. */
        MessageBatchAccepted: {
            accepted: number;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            refused: number;
            results: components["schemas"]["MessageBatchResult"][];
            total: number;
        };
        /** @description How a batch would go. */
        MessageBatchCheck: {
            /** @description Rows that would be accepted. */
            ready: number;
            refused: number;
            rows: components["schemas"]["MessageBatchCheckRow"][];
            /** @description SMS that all rows take together; absent without SMS. */
            segments?: number;
            total: number;
        };
        /** @description How one row would go. */
        MessageBatchCheckRow: {
            /** @description The words; of the first 50 rows that are ready. */
            body?: string;
            /**
             * @description Why it would be refused, as a problem's code.
             * @example customer_not_found
             */
            code?: string;
            /** Format: uuid */
            customer_id?: string;
            detail?: string;
            field?: string;
            /** @description Of the words. */
            locale?: string;
            name?: string;
            /** @description E.164 for the bank's API keys; masked otherwise. */
            phone?: string;
            /** @description Its place, from 0. */
            row: number;
            /** @description SMS that they take. */
            segments?: number;
        };
        /**
         * @description A batch to try, its customers by id, by the bank's reference or by number.
         * @example {
         *       "text": "We are closed tomorrow.",
         *       "recipients": [
         *         {
         *           "customer_reference": "C-1"
         *         }
         *       ]
         *     }
         */
        MessageBatchDraft: {
            /** @description Default sms. */
            channels?: components["schemas"]["Channel"][];
            /**
             * @description Default notice.
             * @enum {string}
             */
            class?: "transaction" | "reminder" | "notice";
            /** @description Values of the text's placeholders that all have in common. Never a secret. */
            params?: {
                [key: string]: string;
            };
            recipients: components["schemas"]["MessageBatchDraftRow"][];
            /** @description Key of a text. */
            template?: string;
            /** @description The words themselves. */
            text?: string;
        };
        /** @description Give one of customer_id, customer_reference and phone. */
        MessageBatchDraftRow: {
            /** Format: uuid */
            customer_id?: string;
            /** @description The bank's own name for the customer. */
            customer_reference?: string;
            /** @description Put over the batch's own. */
            params?: {
                [key: string]: string;
            };
            /** @description With the country code; of exactly one customer. */
            phone?: string;
        };
        /** @description One page of a list. */
        MessageBatchList: {
            items: components["schemas"]["MessageBatch"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /** @description What became of one recipient. */
        MessageBatchResult: {
            /**
             * @description Why it was refused, as a problem's code.
             * @example customer_not_found
             */
            code?: string;
            detail?: string;
            /** @description What was wrong, when it was one field. */
            field?: string;
            /**
             * Format: uuid
             * @description Absent when it was refused.
             */
            message_id?: string;
            /** @description Its place among the recipients, from 0. */
            row: number;
            state?: components["schemas"]["MessageState"];
        };
        MessageBatchResultList: {
            items: components["schemas"]["MessageBatchResult"][];
            next_cursor?: string;
        };
        /**
         * @description In order of urgency.
         * @enum {string}
         */
        MessageClass: "security" | "ring" | "transaction" | "reminder" | "notice";
        /** @description When messages of a class may be sent. */
        MessageClassPolicy: {
            /** @description Messages to one customer that are due within any cap_hours at most. 0 = no bound. */
            cap?: number;
            /** @description Default 24. */
            cap_hours?: number;
            /** @description How long a message is worth sending when its sender gives no expires_at. Default 24. */
            lifetime_hours?: number;
            quiet_hours?: components["schemas"]["QuietHours"];
        };
        /** @description One page of a list. */
        MessageList: {
            items: components["schemas"]["Message"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description When a bank's messages may be sent.
         * @example {
         *       "classes": {
         *         "notice": {
         *           "quiet_hours": {
         *             "from": "21:00",
         *             "to": "08:00"
         *           },
         *           "cap": 10
         *         }
         *       }
         *     }
         */
        MessagePolicy: {
            classes?: {
                notice?: components["schemas"]["MessageClassPolicy"];
                reminder?: components["schemas"]["MessageClassPolicy"];
                transaction?: components["schemas"]["MessageClassPolicy"];
            };
            conversion?: components["schemas"]["ConversionPolicy"];
            /** @description SMS, calls and flash calls accepted in an hour at most, all classes together. 0 = no bound. */
            hourly_budget?: number;
            /** @description Ranges of numbers, such as +2526, that are neither messaged nor called. Satellite, premium and shared-cost numbers never are. */
            refused_prefixes?: string[];
        };
        /** @description The steps that messages of a class, to numbers of a prefix, take one after another. */
        MessageRoute: {
            class?: components["schemas"]["MessageClass"];
            /** @description Beginning of the number, such as +84. Absent = any. */
            prefix?: string;
            steps: components["schemas"]["MessageRouteStep"][];
        };
        /**
         * @description The ways that messages go.
         * @example {
         *       "routes": [
         *         {
         *           "class": "security",
         *           "prefix": "+84",
         *           "steps": [
         *             {
         *               "channel": "sms",
         *               "wait_seconds": 60
         *             },
         *             {
         *               "channel": "voice"
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        MessageRoutes: {
            routes: components["schemas"]["MessageRoute"][];
        };
        /** @description One step of a route. */
        MessageRouteStep: {
            channel: components["schemas"]["RouteChannel"];
            /** @description Default by the registry of senders. */
            from?: string;
            /** @description When the next step follows. Default undelivered and provider_down, and, with wait_seconds, no_receipt. */
            on?: ("undelivered" | "no_receipt" | "provider_down" | "not_met" | "user_asked")[];
            /** @description Default the first that is up. */
            provider?: string;
            /** @description How long after handing over the step gives way, for no_receipt and not_met. */
            wait_seconds?: number;
            /** @description Goes out together with the step before it. */
            with?: boolean;
        };
        /**
         * @description The best that any of its deliveries has reached.
         * @enum {string}
         */
        MessageState: "accepted" | "sent" | "delivered" | "undelivered" | "expired" | "cancelled";
        /** @description The bank's own data, given back as it came. At most 16 KiB as JSON, 50 fields in an object of it, and 8 levels, itself the first; nothing here is read by the gateway. */
        Metadata: {
            [key: string]: unknown;
        };
        /**
         * @description The new time.
         * @example {
         *       "start": "2026-03-02T09:00:00Z"
         *     }
         */
        MoveBooking: {
            /** @description As it was seen: when the booking has changed since, it is not moved (409 booking_changed). */
            sequence?: number;
            /**
             * Format: date-time
             * @description Exactly as a slot gave it.
             */
            start: string;
        };
        /**
         * @description What a need of the customer's asks of a booking.
         * @example {
         *       "extra_minutes": 15,
         *       "skill": "sign_language"
         *     }
         */
        NeedRule: {
            /**
             * @description The booking is so much longer; of several needs the most counts. Default 0.
             * @default 0
             */
            extra_minutes: number;
            /** @description The agent must have this skill. */
            skill?: string;
        };
        /**
         * @description What someone needs to be served well, such as sign_language; the names are the bank's.
         * @example [
         *       "sign_language"
         *     ]
         */
        Needs: string[];
        /**
         * @description A person to add. Invite them afterwards.
         * @example {
         *       "email": "linh@demo.example",
         *       "name": "Linh Tran",
         *       "role": "agent"
         *     }
         */
        NewAgent: {
            /**
             * Format: email
             * @description Unique in the bank, any case.
             * @example linh@demo.example
             */
            email: string;
            /** @description Default none. */
            languages?: components["schemas"]["Locale"][];
            /** @example Linh Tran */
            name: string;
            role: components["schemas"]["Role"];
        };
        /**
         * @description A key to make.
         * @example {
         *       "name": "core banking",
         *       "scopes": [
         *         "read"
         *       ]
         *     }
         */
        NewApiKey: {
            /**
             * @description gateway: a bearer key of this API. twilio_verify: an auth token for the paths of Twilio Verify (/v2) only; it needs read and write.
             * @default gateway
             * @enum {string}
             */
            kind: "gateway" | "twilio_verify";
            /** @example core banking */
            name: string;
            /** @description Scopes do not include one another. */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * @description A time to promise.
         * @example {
         *       "start": "2026-03-02T09:00:00Z"
         *     }
         */
        NewBooking: {
            /**
             * Format: uuid
             * @description The agent whom the customer chose, where the scenario's capacity.choose_agent is on.
             */
            agent_id?: string;
            /**
             * Format: uuid
             * @description May be left out by a customer: it is the session's.
             */
            identification_id?: string;
            metadata?: components["schemas"]["Metadata"];
            reference?: string;
            /**
             * Format: date-time
             * @description Exactly as a slot gave it.
             */
            start: string;
        };
        /**
         * @description Recurring callbacks.
         * @example {
         *       "customer_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "scenario": "open-account",
         *       "first": "2026-03-02T09:00",
         *       "time_zone": "Europe/Kyiv",
         *       "times": 2
         *     }
         */
        NewBookingSeries: {
            /**
             * Format: uuid
             * @description Whom all of them are with, where the scenario's capacity.choose_agent is on.
             */
            agent_id?: string;
            /** Format: uuid */
            customer_id: string;
            /** @default 1 */
            every_weeks: number;
            /** @description As the clock on the wall shows it, without an offset. */
            first: string;
            metadata?: components["schemas"]["Metadata"];
            reference?: string;
            /** @description Id or slug. */
            scenario: string;
            time_zone: string;
            times: number;
        };
        /**
         * @description An exception to ask for or to enter. Without agent_id it is a holiday of the whole bank. Dates are those of the agent's wall clock.
         * @example {
         *       "agent_id": "0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90",
         *       "kind": "absence",
         *       "first_on": "2027-02-15",
         *       "last_on": "2027-02-19"
         *     }
         */
        NewCalendarException: {
            /** Format: uuid */
            agent_id?: string;
            /** @description HH:MM after starts; 24:00 is the end of the day. */
            ends?: string;
            /**
             * Format: date
             * @example 2027-02-15
             */
            first_on: string;
            kind: components["schemas"]["CalendarExceptionKind"];
            /**
             * Format: date
             * @description Inclusive, at most 366 days. Default: first_on.
             */
            last_on?: string;
            /** @description For those who approve. No personal data. */
            reason?: string;
            /** @description Of each of the days, with ends. Extra hours need them; left out: all day. */
            starts?: string;
            /** @description IANA name: where a travel goes, and the clock of starts and ends. Default: the agent's own. */
            time_zone?: string;
        };
        /**
         * @description A feed to make.
         * @example {
         *       "name": "phone"
         *     }
         */
        NewCalendarFeed: {
            /** @description What it is for, such as phone. */
            name?: string;
        };
        /**
         * @description A campaign to make.
         * @example {
         *       "name": "Survey",
         *       "flow": "survey",
         *       "settings": {
         *         "pacing": {
         *           "calls_per_second": 5,
         *           "parallel": 50
         *         }
         *       }
         *     }
         */
        NewCampaign: {
            /** @description Default notice. */
            class?: components["schemas"]["CampaignClass"];
            /**
             * Format: date-time
             * @description Nobody is called from then on, and who has no outcome expires.
             */
            end_at?: string;
            flow: string;
            /** @description With settings.machine message, and with that only. */
            machine_flow?: string;
            name: string;
            settings?: components["schemas"]["CampaignSettings"];
            /**
             * Format: date-time
             * @description It starts by itself, not before. Default: when it is started.
             */
            start_at?: string;
        };
        /** @description A customer by customer_id or customer_reference, or a number, or both; with both it is the number that is called. */
        NewCampaignContact: {
            /** Format: uuid */
            customer_id?: string;
            customer_reference?: string;
            locale?: string;
            phone?: string;
            /** @description The bank's own, given back in the export. */
            reference?: string;
            /** @description ISO 3166-1, where a phone without country code is. */
            region?: string;
            time_zone?: string;
            /** @description Of the flow. */
            variables?: {
                [key: string]: string;
            };
        };
        /**
         * @description People to put on a list.
         * @example {
         *       "contacts": [
         *         {
         *           "phone": "+84901234567",
         *           "reference": "L-1",
         *           "variables": {
         *             "amount": "1250000"
         *           }
         *         }
         *       ]
         *     }
         */
        NewCampaignContacts: {
            contacts: components["schemas"]["NewCampaignContact"][];
        };
        /**
         * @description A customer to add.
         * @example {
         *       "reference": "C-1001",
         *       "name": "Nguyễn Văn An",
         *       "phone": "+84 90 123 45 67",
         *       "region": "VN",
         *       "locale": "vi",
         *       "time_zone": "Asia/Ho_Chi_Minh",
         *       "segment": "private"
         *     }
         */
        NewCustomer: {
            /**
             * @description BCP 47 tag of a known language. Default: the bank's.
             * @example vi
             */
            locale?: string;
            metadata?: components["schemas"]["Metadata"];
            /**
             * @description As in the document; control and bidi override characters are taken out.
             * @example Nguyễn Văn An
             */
            name: string;
            needs?: components["schemas"]["Needs"];
            /**
             * @description Any usual spelling; kept as E.164.
             * @example +84 90 123 45 67
             */
            phone: string;
            /**
             * @description The bank's own name for the customer, unique in the bank.
             * @example C-1001
             */
            reference?: string;
            /**
             * @description ISO 3166-1 alpha-2 region of a number in national form.
             * @example VN
             */
            region?: string;
            /** @example private */
            segment?: string;
            /**
             * @description IANA name. Default: the bank's.
             * @example Asia/Ho_Chi_Minh
             */
            time_zone?: string;
        };
        /**
         * @description A device to add. A token that is known already moves to this customer. A browser has endpoint, p256dh and auth instead of a token.
         * @example {
         *       "token": "kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN4xW6E",
         *       "name": "An's phone"
         *     }
         * @example {
         *       "platform": "ios",
         *       "token": "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
         *       "voip_token": "43e798c31a282d129a34d84472bbdd7632562ff0732b58a85a27c5d9fdf59b69",
         *       "environment": "production"
         *     }
         */
        NewDevice: {
            /** @description web only: its key auth, base64url. */
            auth?: string;
            /** @description web only: of the PushSubscription. */
            endpoint?: string;
            /**
             * @description apns only: which of Apple's two hosts knows the token. Default: the gateway's setting.
             * @enum {string}
             */
            environment?: "production" | "sandbox";
            /** @example An's phone */
            name?: string;
            /** @description web only: its key p256dh, base64url. */
            p256dh?: string;
            /** @description Default by provider; without one android. */
            platform?: components["schemas"]["DevicePlatform"];
            /**
             * @description Default by platform.
             * @enum {string}
             */
            provider?: "fcm" | "apns" | "webpush";
            /** @description The registration token; apns: 64 to 200 hexadecimal digits. */
            token?: string;
            /** @description apns only: PushKit's, for calls. Left out, the one that is known stays. */
            voip_token?: string;
        };
        /**
         * @description A factor to add.
         * @example {
         *       "kind": "totp",
         *       "name": "Phone"
         *     }
         */
        NewFactor: {
            /**
             * Format: uuid
             * @description Push: the device that shows it.
             */
            device_id?: string;
            kind: components["schemas"]["FactorKind"];
            metadata?: components["schemas"]["Metadata"];
            name?: string;
            /** @description Push: P-256, base64 of the DER SubjectPublicKeyInfo. */
            public_key?: string;
        };
        /**
         * @description A time to hold.
         * @example {
         *       "start": "2026-03-02T09:00:00Z"
         *     }
         */
        NewHold: {
            /**
             * Format: uuid
             * @description May be left out by a customer: it is the session's.
             */
            identification_id?: string;
            /**
             * Format: date-time
             * @description Exactly as a slot gave it.
             */
            start: string;
        };
        /**
         * @description A calendar of holidays.
         * @example {
         *       "name": "Vietnam",
         *       "everyone": true,
         *       "holidays": [
         *         {
         *           "date": "2027-09-02",
         *           "name": "Quốc khánh"
         *         }
         *       ]
         *     }
         */
        NewHolidayCalendar: {
            agent_ids?: string[];
            /** @description Default true: for the whole bank; false: for agent_ids. */
            everyone?: boolean;
            holidays?: components["schemas"]["Holiday"][];
            /** @description Unique in the bank. */
            name: string;
        };
        /**
         * @description A case to open.
         * @example {
         *       "customer_id": "0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90",
         *       "scenario": "open-account",
         *       "reference": "APP-77"
         *     }
         */
        NewIdentification: {
            /** Format: uuid */
            customer_id: string;
            metadata?: components["schemas"]["Metadata"];
            /**
             * @description The bank's own name for the case.
             * @example APP-77
             */
            reference?: string;
            /**
             * @description Slug or id of the scenario.
             * @example open-account
             */
            scenario: string;
        };
        /** @description A new case with the customer's link. */
        NewIdentificationResult: {
            identification: components["schemas"]["Identification"];
            link: components["schemas"]["Link"];
        };
        /**
         * @description Something to tell a customer. Give text, or template with params.
         * @example {
         *       "customer_id": "0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90"
         *     }
         */
        NewMessage: {
            /** @description Default: whatever the bank's route for the class says, else sms. push goes to every device of the customer. */
            channels?: components["schemas"]["Channel"][];
            /**
             * @description Default notice. security is for what cannot wait and nobody may miss, such as a warning of fraud: it goes at once, and neither quiet hours nor caps nor opt-outs hold it.
             * @enum {string}
             */
            class?: "security" | "transaction" | "reminder" | "notice";
            /** Format: uuid */
            customer_id: string;
            /**
             * Format: date-time
             * @description Never delivered after this. Default: the lifetime of the class in the message policy (24 h; of security 5 minutes) after send_at.
             */
            expires_at?: string;
            metadata?: components["schemas"]["Metadata"];
            /** @description Values of the text's placeholders. Never a secret. */
            params?: {
                [key: string]: string;
            };
            reference?: string;
            /**
             * Format: date-time
             * @description Not before this. Default now. Until then it can be taken back.
             */
            send_at?: string;
            /** @description Key of a text. */
            template?: string;
            /** @description The words themselves. */
            text?: string;
        };
        /**
         * @description One message to many customers. Give text, or template with params.
         * @example {
         *       "text": "We are closed tomorrow.",
         *       "recipients": [
         *         {
         *           "customer_id": "0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90"
         *         }
         *       ]
         *     }
         */
        NewMessageBatch: {
            /** @description Default: whatever the bank's route for the class says, else sms. push goes to every device of the customer. */
            channels?: components["schemas"]["Channel"][];
            /**
             * @description Default notice.
             * @enum {string}
             */
            class?: "transaction" | "reminder" | "notice";
            /**
             * Format: date-time
             * @description Never delivered after this. Default: the lifetime of the class in the message policy (24 h) after send_at.
             */
            expires_at?: string;
            /** @description Values of the text's placeholders that all have in common. Never a secret. */
            params?: {
                [key: string]: string;
            };
            recipients: components["schemas"]["NewMessageBatchRecipient"][];
            /**
             * Format: date-time
             * @description Not before this. Default now. Until then it can be taken back.
             */
            send_at?: string;
            /** @description Key of a text. */
            template?: string;
            /** @description The words themselves. */
            text?: string;
        };
        NewMessageBatchRecipient: {
            /** Format: uuid */
            customer_id: string;
            metadata?: components["schemas"]["Metadata"];
            /** @description Put over the batch's own. */
            params?: {
                [key: string]: string;
            };
            reference?: string;
        };
        /**
         * @description A customer's decision. Give customer_id or phone.
         * @example {
         *       "phone": "+84901234567",
         *       "channels": [
         *         "sms"
         *       ]
         *     }
         */
        NewOptOut: {
            /** @description Default all. */
            channels?: components["schemas"]["OptOutChannel"][];
            /** Format: uuid */
            customer_id?: string;
            /** @description Default both. */
            groups?: components["schemas"]["OptOutGroup"][];
            phone?: string;
            /** @description The bank's own. */
            reference?: string;
        };
        /**
         * @description A scenario to add.
         * @example {
         *       "slug": "open-account",
         *       "definition": {
         *         "name": {
         *           "en": "Open an account",
         *           "vi": "Mở tài khoản"
         *         },
         *         "document_types": [
         *           "passport",
         *           "national_id"
         *         ],
         *         "form": [
         *           {
         *             "key": "full_name",
         *             "type": "text",
         *             "label": {
         *               "en": "Full name",
         *               "vi": "Họ và tên"
         *             },
         *             "required": true
         *           }
         *         ],
         *         "consents": [
         *           "process",
         *           "recording"
         *         ],
         *         "script": [
         *           {
         *             "kind": "document_front"
         *           },
         *           {
         *             "kind": "face_left",
         *             "group": "face"
         *           },
         *           {
         *             "kind": "face_right",
         *             "group": "face"
         *           },
         *           {
         *             "kind": "code"
         *           }
         *         ],
         *         "settings": {
         *           "slot_minutes": 15
         *         }
         *       }
         *     }
         */
        NewScenario: {
            definition: components["schemas"]["ScenarioDefinition"];
            /**
             * @description Default true.
             * @default true
             */
            enabled: boolean;
            /**
             * @description Unique in the bank.
             * @example open-account
             */
            slug: string;
        };
        /**
         * @description Something to say. Text, or a notice by its key.
         * @example {
         *       "text": "Which documents do I need?",
         *       "role": "customer"
         *     }
         */
        NewThreadLine: {
            /**
             * @description Guidance that the customer's page words and links. Not for customers.
             * @enum {string}
             */
            notice?: "documents_again" | "form_again" | "book_call";
            /**
             * @description For API keys, with text: for whom the program speaks.
             * @enum {string}
             */
            role?: "customer" | "bot";
            /** @description Control characters are taken out, line breaks stay. */
            text?: string;
            /** @description For API keys with role customer: the token of a verified session of this customer with the scope chat. The line then counts as proved. */
            verified_session?: string;
        };
        /**
         * @description A number to take.
         * @example {
         *       "branch": "kyiv-1",
         *       "phone": "+380441234567"
         *     }
         */
        NewTicket: {
            branch: string;
            card_hash?: string;
            phone?: string;
            /** @description Where a phone without country code is. */
            region?: string;
        };
        /**
         * @description A second-factor challenge. Give customer_id or phone.
         * @example {}
         */
        NewVerification: {
            /** @description Of the payment that the code is linked to, with currency and payee. The code then has 8 digits; a change at the check ends it. */
            amount?: string;
            /**
             * @description The same as way, which has more.
             * @enum {string}
             */
            channel?: "sms" | "voice";
            /** @description ISO 4217. */
            currency?: string;
            /** Format: uuid */
            customer_id?: string;
            /** @description Of the code. Default: the settings'. */
            digits?: number;
            /**
             * Format: uuid
             * @description One device or authenticator app of the customer; instead of way.
             */
            factor_id?: string;
            /** @description Of the message. Default: the customer's, else the bank's. */
            locale?: string;
            metadata?: components["schemas"]["Metadata"];
            payee?: string;
            /** @description Any usual spelling. */
            phone?: string;
            /**
             * @description Default api.
             * @enum {string}
             */
            purpose?: "api";
            reference?: string;
            /** @description Region of a number in national form. */
            region?: string;
            session?: components["schemas"]["SessionRequest"];
            /** @description Default: the first of the settings' preference that the customer has. */
            way?: components["schemas"]["VerificationWay"];
            /** @description The ways one after another, with the same code. Those that the customer does not have are left out. */
            workflow?: components["schemas"]["VerificationStep"][];
        };
        /**
         * @description Where events shall go.
         * @example {
         *       "url": "https://bank.example/hooks"
         *     }
         */
        NewWebhookEndpoint: {
            description?: string;
            /** @description Event types; empty: every type. */
            types?: string[];
            /**
             * @description https, or http where the address is allowed for local use. No redirects are followed.
             * @example https://bank.example/hooks
             */
            url: string;
        };
        /**
         * @description A customer link's token.
         * @example {
         *       "token": "kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN4xW6E"
         *     }
         */
        OpenVisit: {
            token: string;
            /** @description A verified session of this customer with the scope visit: no code is asked for. */
            verified_session?: string;
        };
        /** @description A customer's decision about messages. */
        OptOut: {
            /** Format: date-time */
            at: string;
            channel: components["schemas"]["OptOutChannel"];
            group: components["schemas"]["OptOutGroup"];
            /** Format: uuid */
            id: string;
            /** @description false: wants messages again. */
            opted_out: boolean;
            /** @description Masked. */
            phone: string;
            reference: string;
            /** @enum {string} */
            source: "inbound" | "key_press" | "api" | "provider";
        };
        /**
         * @description A channel that a customer may opt out of.
         * @enum {string}
         */
        OptOutChannel: "sms" | "voice" | "flash" | "push";
        /**
         * @description service: transaction and reminder. marketing: notice. Nobody opts out of codes and rings.
         * @enum {string}
         */
        OptOutGroup: "service" | "marketing";
        /** @description Customers' decisions. */
        OptOutList: {
            items: components["schemas"]["OptOut"][];
            next_cursor?: string;
        };
        /**
         * @description A side of the call.
         * @enum {string}
         */
        Participant: "agent" | "customer";
        /** @description A telephone call that a flow leads. */
        PhoneCall: {
            /** @description A person was wanted, and nobody came. */
            abandoned?: boolean;
            /** Format: uuid */
            about_id?: string;
            about_type?: string;
            /** Format: date-time */
            answered_at?: string;
            /** @enum {string} */
            answered_by?: "human" | "machine" | "unknown";
            class: string;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            customer_id?: string;
            /** @enum {string} */
            direction: "outbound" | "inbound";
            /** Format: date-time */
            ended_at?: string;
            /** @description The provider's own. */
            error_code?: string;
            /** Format: date-time */
            expires_at: string;
            flow: string;
            flow_ended?: boolean;
            handed_over?: boolean;
            /** Format: uuid */
            id: string;
            /**
             * Format: uuid
             * @description The case that it was handed over for.
             */
            identification_id?: string;
            locale?: string;
            /** @description A machine heard its words to the end. */
            message_left?: boolean;
            /** Format: date-time */
            not_before: string;
            /** @description The bank's. */
            number?: string;
            /** @description What it came to: the flow's own word, or expired, opted_out, machine, hung_up, no_dialogue, refused, canceled, lost, busy, no_answer, failed, done. */
            outcome?: string;
            /** @description Masked. */
            phone: string;
            /** Format: date-time */
            rang_at?: string;
            /** @description Connected. */
            seconds: number;
            state: components["schemas"]["PhoneCallState"];
            /** @description Of the flow, where it stands or ended. */
            step?: string;
            trial?: boolean;
            /** @description That leads it, once answered. 0: the flow that came with the gateway. */
            version?: number;
        };
        PhoneCallAnswer: {
            answer: string;
            /** Format: date-time */
            at: string;
            question: string;
            survey: boolean;
        };
        /** @description A phone call with its path. */
        PhoneCallDetail: {
            answers: components["schemas"]["PhoneCallAnswer"][];
            path: components["schemas"]["PhoneCallStep"][];
            phone_call: components["schemas"]["PhoneCall"];
            recordings: components["schemas"]["PhoneRecording"][];
        };
        PhoneCallList: {
            items: components["schemas"]["PhoneCall"][];
            next_cursor?: string;
        };
        /**
         * @description Completed, busy, no_answer, failed and canceled are final. Unknown: the provider may have it, and is asked.
         * @enum {string}
         */
        PhoneCallState: "queued" | "dialing" | "unknown" | "ringing" | "answered" | "completed" | "busy" | "no_answer" | "failed" | "canceled";
        /** @description A step that a call went through. */
        PhoneCallStep: {
            /** Format: date-time */
            entered_at: string;
            /** @description The step that followed. */
            exit?: string;
            /** @description Keyed in. Missing: nothing, or it is secret. */
            keys?: string;
            kind: components["schemas"]["FlowStepKind"];
            /** Format: date-time */
            left_at?: string;
            /** @description How long it took, once left. */
            milliseconds?: number;
            position: number;
            /** @description Something was keyed in that is not kept. */
            secret: boolean;
            step: string;
        };
        /** @description A message that was spoken in a call, kept sealed. */
        PhoneRecording: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            seconds: number;
            sha256?: string;
            /** @enum {string} */
            state: "fetching" | "kept" | "failed" | "deleted";
        };
        /** @description A message that was spoken in a call. */
        PhoneSound: {
            /** Format: uuid */
            id: string;
            /**
             * Format: byte
             * @description A WAV file, base64.
             */
            wav: string;
        };
        /**
         * @example {
         *       "customer_id": "00000000-0000-0000-0000-000000000001",
         *       "flow": "survey",
         *       "expires_at": "2027-06-01T00:00:00Z"
         *     }
         */
        PlacePhoneCall: {
            /** Format: uuid */
            about_id?: string;
            /** @enum {string} */
            about_type?: "booking" | "identification" | "verification";
            /**
             * @description What opt-outs, caps and quiet hours go by. Default transaction.
             * @enum {string}
             */
            class?: "security" | "transaction" | "reminder" | "notice";
            /** Format: uuid */
            customer_id?: string;
            detect_machine?: boolean;
            /**
             * Format: date-time
             * @description Not dialled from then on.
             */
            expires_at: string;
            flow: string;
            input?: {
                [key: string]: string;
            };
            /** @description Names the attempt: the same key places the same call. */
            key?: string;
            locale?: components["schemas"]["Locale"];
            /** @description What an answering machine gets, instead of the flow's on_machine. */
            machine_flow?: string;
            /** Format: date-time */
            not_before?: string;
            /** @description Instead of the customer's own. */
            phone?: string;
            time_zone?: string;
            /** @description A verified session of this customer with the scope ivr: while it stands, the flow's verify steps ask for no code. The call goes to the number on file. */
            verified_session?: string;
            /**
             * Format: int32
             * @description Missing or 0: as published when the call is answered.
             */
            version?: number;
        };
        /** @description What an agent is doing. */
        Presence: {
            /**
             * Format: uuid
             * @description The live call, if any; also one that the agent is a guest of.
             */
            call_id?: string;
            /**
             * Format: date-time
             * @description When wrap-up ends by itself.
             */
            ends_at?: string;
            /** @description The customer who is offered, while state is offered. */
            offer?: components["schemas"]["QueueEntry"];
            /** @description Of a pause; missed_offers when the gateway paused the agent. */
            reason?: string;
            /**
             * Format: date-time
             * @description The console's last sign of life; after 60 s of silence the agent counts as offline.
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description In this state.
             */
            since: string;
            state: components["schemas"]["PresenceState"];
        };
        /**
         * @description An agent chooses offline, ready or paused; the gateway sets the others.
         * @enum {string}
         */
        PresenceState: "offline" | "ready" | "paused" | "offered" | "in_call" | "wrap_up";
        /**
         * @description What to render.
         * @example {
         *       "key": "code",
         *       "locale": "en"
         *     }
         */
        PreviewText: {
            key: string;
            locale?: components["schemas"]["Locale"];
            /** @description In place of the samples. */
            params?: {
                [key: string]: string;
            };
            /** @description Beginning of a number, such as +84: its price only. */
            prefix?: string;
            variants?: components["schemas"]["TextVariants"];
        };
        /** @description Why a request was refused (RFC 9457). code is stable; title and detail are for people. */
        Problem: {
            /**
             * @description Stable, snake_case.
             * @example slot_taken
             */
            code: string;
            /**
             * @description What is wrong and what to do. Never personal data.
             * @example Another customer has just taken this time. Choose another.
             */
            detail?: string;
            /** @description The parts of the request that were refused. */
            fields?: components["schemas"]["FieldProblem"][];
            /** @description Names this request in the gateway's log. */
            request_id?: string;
            /** @description Seconds until the same request may work; also in the Retry-After header. */
            retry_after?: number;
            /**
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description What sort of problem.
             * @example Conflict
             */
            title: string;
            /**
             * @description A URI reference, /problems/{code}.
             * @example /problems/slot_taken
             */
            type: string;
        };
        /** @description How a provider of a channel does, as one node sees it. */
        ProviderHealth: {
            channel: components["schemas"]["RouteChannel"];
            failed: number;
            /** @description Only to numbers of this country. */
            prefix?: string;
            provider: string;
            /** @description In the last 10 s. */
            sent: number;
            /** Format: date-time */
            since: string;
            /**
             * @description closed: used. open: not used. half_open: one message at a time tries it.
             * @enum {string}
             */
            state: "closed" | "open" | "half_open";
        };
        /** @description How providers do. */
        ProviderList: {
            conversions: components["schemas"]["RouteConversion"][];
            providers: components["schemas"]["ProviderHealth"][];
        };
        /** @description The gateway's VAPID key (RFC 8292). */
        PushKey: {
            /** @description A P-256 point of 65 bytes in base64url: the applicationServerKey. */
            public_key: string;
        };
        /**
         * @description What a browser's pushManager.subscribe() gave, with the public key of /v1/push-key.
         * @example {
         *       "endpoint": "https://push.example/send/kJ3vYw0sQ1eT7uHn5mXcB9",
         *       "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
         *       "auth": "BTBZMqHH6r4Tts7J_aSIgg"
         *     }
         */
        PushSubscription: {
            /** @description base64url. */
            auth: string;
            /** @description https; who has it may send. */
            endpoint: string;
            /** @description Agents only: the language of the words. Default en. */
            locale?: string;
            /** @description base64url. */
            p256dh: string;
        };
        /** @description A browser that is told from now on. */
        PushSubscriptionMade: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
        };
        /** @description Who waits, in order. */
        Queue: {
            items: components["schemas"]["QueueEntry"][];
            ready_agents: number;
        };
        /** @description Someone to be served. */
        QueueEntry: {
            /** Format: uuid */
            booking_id?: string;
            /**
             * Format: uuid
             * @description Of a transfer or take-over: the call that is going on.
             */
            call_id?: string;
            /** @description The customer left the page and is rung. */
            callback?: boolean;
            /** Format: uuid */
            customer_id: string;
            customer_name: string;
            /** Format: date-time */
            entered_at: string;
            /**
             * Format: uuid
             * @description Who transfers.
             */
            from_agent_id?: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            kind?: components["schemas"]["QueueKind"];
            /** @description Of who transfers. */
            note?: string;
            /** @description The number of the newest offer: send it with accept. */
            offer?: number;
            /** Format: date-time */
            offer_expires_at?: string;
            /**
             * Format: uuid
             * @description The agent who was drawn.
             */
            offered_to?: string;
            /** @description 1 = next. */
            position: number;
            /** @description 0 to 100; a point is worth 6 s of waiting. */
            priority?: number;
            scenario: components["schemas"]["ScenarioSummary"];
            state: components["schemas"]["QueueState"];
            /**
             * Format: uuid
             * @description Who it is transferred to.
             */
            to_agent_id?: string;
            warm?: boolean;
            way: components["schemas"]["QueueWay"];
        };
        /**
         * @description serve: a customer waits. transfer: a call is to be handed on. takeover: a call has lost its agent.
         * @enum {string}
         */
        QueueKind: "serve" | "transfer" | "takeover";
        /** @description Whether the agent must speak the customer's language. An agent without languages speaks any. */
        QueueLanguage: {
            /**
             * @description Default preferred.
             * @default preferred
             * @enum {string}
             */
            mode: "required" | "preferred" | "ignored";
            /** @description When it is not asked for any more. Default 60 when preferred, never (0) when required. */
            relax_after_seconds?: number;
        };
        /** @description What happens to who has waited for too long. */
        QueueOverflow: {
            after_seconds: number;
            /**
             * @description everyone: any agent may serve him. callback, booking: the page offers that; the place stays.
             * @enum {string}
             */
            to: "everyone" | "callback" | "booking";
        };
        /** @description The customer's own place in the queue. */
        QueuePlace: {
            /**
             * Format: uuid
             * @description Once an agent has taken it.
             */
            call_id?: string;
            /** @description The customer may leave the page and is rung. */
            callback?: boolean;
            /** Format: date-time */
            entered_at: string;
            /** @description Absent when it cannot be told. */
            estimated_wait_seconds?: number;
            /** Format: uuid */
            id: string;
            /** @description 1 = next. */
            position: number;
            state: components["schemas"]["QueueState"];
            /**
             * @description After a long wait: offer this.
             * @enum {string}
             */
            suggest?: "callback" | "booking";
        };
        /** @description How customers of a scenario are routed to agents. What is left out has its default. */
        QueueSettings: {
            /**
             * @description How long one who asked for a call-back stays in the queue before a new time is offered. Default 7200.
             * @default 7200
             */
            callback_seconds: number;
            language?: components["schemas"]["QueueLanguage"];
            /**
             * @description How long a due booking that names its agent waits for that agent, when at work, before anybody is asked. Default 60.
             * @default 60
             */
            named_agent_seconds: number;
            overflow?: components["schemas"]["QueueOverflow"];
            /**
             * @description How long the place of a customer whose page is silent is kept. Default 300.
             * @default 300
             */
            place_kept_seconds: number;
            /** @description Priority of walk-ins by the customer's segment; a point is worth 6 s of waiting. Default 0. */
            segment_priority?: {
                [key: string]: number;
            };
            /**
             * @description The wait within which an answer counts for the service level. Default 20.
             * @default 20
             */
            service_level_seconds: number;
            skills?: components["schemas"]["QueueSkill"][];
            /**
             * @description How one agent is chosen among those who may. random and weighted (by the levels of the skills asked for) can be proved; least_occupied compares the time in calls of the last 8 h. Default random, of another kind than identify longest_idle.
             * @enum {string}
             */
            strategy?: "random" | "weighted" | "longest_idle" | "least_occupied";
            supervision?: components["schemas"]["Supervision"];
            /**
             * @description A call whose agent is gone is offered to another after this; -1 never. Default 10.
             * @default 10
             */
            takeover_after_seconds: number;
            /**
             * @description After a call the agent is ready again by himself. 0, the default, is when he says so.
             * @default 0
             */
            wrap_up_seconds: number;
        };
        /** @description A skill that is asked for. */
        QueueSkill: {
            /**
             * @description At least. Default 1.
             * @default 1
             */
            level: number;
            /** @description When it is not asked for any more. Default 60 of a preferred one, never (0) of a required one. */
            relax_after_seconds?: number;
            /**
             * @description Else preferred. Default false.
             * @default false
             */
            required: boolean;
            skill: string;
        };
        /**
         * @description offered: one agent has been drawn and has 20 s to take it.
         * @enum {string}
         */
        QueueState: "waiting" | "offered" | "served" | "left" | "expired";
        /**
         * @description booking: its time has come. walk_in: the customer waits on the page.
         * @enum {string}
         */
        QueueWay: "booking" | "walk_in";
        /** @description What the clock shows at the recipient's while nothing is sent; over midnight when from is the later one. */
        QuietHours: {
            /** @example 21:00 */
            from: string;
            /**
             * @description The first minute in which it is sent again.
             * @example 08:00
             */
            to: string;
        };
        /**
         * @description Up to where.
         * @example {
         *       "up_to": "01890a5d-ac96-774b-bcce-b302099a8057"
         *     }
         */
        ReadThread: {
            /**
             * Format: uuid
             * @description The newest entry that was seen.
             */
            up_to: string;
        };
        /**
         * @description Why.
         * @example {}
         */
        Reason: {
            /** @description For the record; not sent to the customer unless it says so. Default empty. */
            reason?: string;
        };
        /** @description What the provider reported, in the order of arrival. */
        Receipt: {
            /** Format: date-time */
            at: string;
            error_code: string;
            /**
             * @description The provider's own word.
             * @example delivered
             */
            status: string;
        };
        /** @description One part of one participant's recording. */
        Recording: {
            /** Format: int64 */
            bytes?: number;
            /** Format: int64 */
            duration_ms?: number;
            gaps?: components["schemas"]["RecordingGap"][];
            has_audio?: boolean;
            has_video?: boolean;
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description Of the file's zero on the call's clock.
             */
            offset_ms: number;
            /** @description 1, 2, …; only a restart of the server begins a new part. */
            part: number;
            /** @description agent, customer, customer_screen, or a third party such as supervisor. */
            participant: string;
            /** @description Of the plain bytes, hexadecimal. */
            sha256?: string;
            state: components["schemas"]["RecordingState"];
            /** @description Path of the WebM file. */
            url: string;
        };
        /** @description A range of bytes that was given to somebody. */
        RecordingAccess: {
            /** Format: uuid */
            actor_id?: string;
            actor_kind: string;
            /** Format: date-time */
            first_at: string;
            /** Format: int64 */
            from_byte: number;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_at: string;
            /** @enum {string} */
            object: "recording" | "still" | "composite";
            /** @description The recording, the position of the step, or the call. */
            object_id: string;
            /** @description Ranges that touch and came within ten minutes are one. */
            requests: number;
            /**
             * Format: int64
             * @description The last one, included.
             */
            to_byte: number;
        };
        /** @description The latest first. */
        RecordingAccesses: {
            items: components["schemas"]["RecordingAccess"][];
            next_cursor?: string;
        };
        /** @description An interval of more than 200 ms in which nothing of a kind was recorded. */
        RecordingGap: {
            /**
             * @description muted, paused and idle: nothing was sent, so nothing was lost. unknown: found in the file after a crash.
             * @enum {string}
             */
            cause: "muted" | "paused" | "idle" | "network" | "reconnect" | "disk" | "restart" | "unknown";
            /**
             * Format: int64
             * @description On the call's clock.
             */
            from_ms: number;
            /** @enum {string} */
            kind: "audio" | "video";
            /** Format: int64 */
            to_ms: number;
        };
        /**
         * @description Why it must not be deleted.
         * @example {
         *       "reason": "Court order 12/2026."
         *     }
         */
        RecordingHold: {
            reason: string;
        };
        /** @description How long what was recorded of a call is kept. */
        RecordingRecord: {
            /** Format: uuid */
            call_id: string;
            /**
             * Format: date-time
             * @description The keys were destroyed.
             */
            deleted_at?: string;
            /** Format: date-time */
            files_deleted_at?: string;
            /**
             * Format: date-time
             * @description Legal hold.
             */
            held_at?: string;
            /** Format: uuid */
            held_by?: string;
            hold_reason?: string;
            /**
             * Format: date-time
             * @description By the scenario's retention.
             */
            keep_until?: string;
            /** @description JSON, the proof of deletion. */
            receipt?: string;
            /** @description HMAC-SHA-256 of receipt under the gateway's key, hexadecimal. */
            receipt_mac?: string;
        };
        /** @description What is to be deleted next. */
        RecordingRecords: {
            items: components["schemas"]["RecordingRecord"][];
        };
        /** @description Whether calls are recorded, and how completely. */
        RecordingSettings: {
            /** @description Calls are recorded. Of kind identify always true; else default false. */
            enabled?: boolean;
            /**
             * @description A step whose recording has a longer hole must be repeated before an approval. Default 2000.
             * @default 2000
             */
            max_gap_ms: number;
            /**
             * @description What happens to a call that can be recorded no further (the disk is full): it goes on and the agent is told, or it ends. Default continue.
             * @default continue
             * @enum {string}
             */
            on_failure: "continue" | "stop";
        };
        /**
         * @description open: still being written.
         * @enum {string}
         */
        RecordingState: "open" | "complete" | "failed";
        /**
         * @description A new link by phone number and code. Give the old token or the bank.
         * @example {
         *       "bank": "demo",
         *       "phone": "+84901234567"
         *     }
         */
        RecoverVisit: {
            /**
             * @description The bank's slug.
             * @example demo
             */
            bank?: string;
            /** @description Any usual spelling. */
            phone: string;
            /** @description Region of a number in national form. */
            region?: string;
            /** @description An expired link's token. */
            token?: string;
        };
        /**
         * @description The code of a recovery.
         * @example {
         *       "verification_id": "text",
         *       "code": "text"
         *     }
         */
        RecoveryCheck: {
            code: string;
            /** @description As it was given. */
            verification_id: string;
        };
        /** @description Always alike, whether the number is known or not. */
        RecoveryStarted: {
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            next_send_at: string;
            /** @description Opaque; for recover/check. */
            verification_id: string;
        };
        /** @description When customers are reminded, and what follows when they do not come. */
        ReminderLadder: {
            /** @description It was set for just this; else it comes from the bank or the product. */
            own: boolean;
            recovery: components["schemas"]["ReminderStep"][];
            /** Format: uuid */
            scenario_id?: string;
            steps: components["schemas"]["ReminderStep"][];
        };
        /** @description One rung of a ladder. */
        ReminderStep: {
            /**
             * @description Also when the customer has confirmed.
             * @default false
             */
            always: boolean;
            /** @description Push and SMS are one message; voice is a phone call with the flow. */
            channels: ("push" | "sms" | "voice")[];
            /** @description Of the phone call; for voice only. */
            flow?: string;
            /** @description From the start of the booking, negative = before it. In recovery: from when the call counted as missed. */
            offset_seconds: number;
        };
        /**
         * @description How to send the code again.
         * @example {
         *       "way": "voice"
         *     }
         */
        ResendVerification: {
            way?: components["schemas"]["VerificationWay"];
        };
        /**
         * @example {
         *       "version": 0
         *     }
         */
        RevertFlow: {
            /**
             * Format: int32
             * @description 0: the flow that came with the gateway. Else a version that was in force before.
             */
            version: number;
        };
        /**
         * @description To which version.
         * @example {
         *       "version": 0
         *     }
         */
        RevertText: {
            version: number;
        };
        /**
         * @description Which device speaks.
         * @example {}
         */
        RingDevice: {
            /** @description Id of the device; page for the open page. Default page. */
            device?: string;
        };
        /**
         * @description What an agent may do. Roles do not include one another.
         * @enum {string}
         */
        Role: "agent" | "supervisor" | "auditor" | "administrator";
        /**
         * @description A way to reach a customer.
         * @enum {string}
         */
        RouteChannel: "push" | "sms" | "voice" | "flash";
        /** @description How many of the bank's codes were confirmed in the last hour. */
        RouteConversion: {
            confirmed: number;
            prefix: string;
            /** @description channel/provider; empty: all, to a range of numbers. */
            route: string;
            sent: number;
            stopped: boolean;
        };
        /** @description A kind of call. */
        Scenario: {
            /** Format: date-time */
            created_at: string;
            definition: components["schemas"]["ScenarioDefinition"];
            /** @description New cases can be made only of an enabled scenario. */
            enabled: boolean;
            /** Format: uuid */
            id: string;
            /** @example open-account */
            slug: string;
            /** Format: date-time */
            updated_at: string;
            /** @description One more at each change; a case keeps the version that it began with. */
            version: number;
        };
        /** @description Capacity of one scenario. */
        ScenarioCapacity: {
            intervals: components["schemas"]["CapacityInterval"][];
            scenario: components["schemas"]["ScenarioSummary"];
            /** @description Length of a booking of it. */
            slot_minutes: number;
        };
        /**
         * @description The scenario as it shall be from now on. Cases that have begun keep what they began with.
         * @example {
         *       "definition": {
         *         "name": {
         *           "en": "Open an account",
         *           "vi": "Mở tài khoản"
         *         },
         *         "document_types": [
         *           "passport",
         *           "national_id"
         *         ],
         *         "form": [
         *           {
         *             "key": "full_name",
         *             "type": "text",
         *             "label": {
         *               "en": "Full name",
         *               "vi": "Họ và tên"
         *             },
         *             "required": true
         *           }
         *         ],
         *         "consents": [
         *           "process",
         *           "recording"
         *         ],
         *         "script": [
         *           {
         *             "kind": "document_front"
         *           },
         *           {
         *             "kind": "face_left",
         *             "group": "face"
         *           },
         *           {
         *             "kind": "face_right",
         *             "group": "face"
         *           },
         *           {
         *             "kind": "code"
         *           }
         *         ],
         *         "settings": {
         *           "slot_minutes": 15
         *         }
         *       }
         *     }
         */
        ScenarioChanges: {
            definition: components["schemas"]["ScenarioDefinition"];
            /** @description Default: as it is. */
            enabled?: boolean;
        };
        /**
         * @description What a kind of call asks of the customer and of the agent.
         * @example {
         *       "name": {
         *         "en": "Open an account",
         *         "vi": "Mở tài khoản"
         *       },
         *       "document_types": [
         *         "passport",
         *         "national_id"
         *       ],
         *       "form": [
         *         {
         *           "key": "full_name",
         *           "type": "text",
         *           "label": {
         *             "en": "Full name",
         *             "vi": "Họ và tên"
         *           },
         *           "required": true
         *         }
         *       ],
         *       "consents": [
         *         "process",
         *         "recording"
         *       ],
         *       "script": [
         *         {
         *           "kind": "document_front"
         *         },
         *         {
         *           "kind": "face_left",
         *           "group": "face"
         *         },
         *         {
         *           "kind": "face_right",
         *           "group": "face"
         *         },
         *         {
         *           "kind": "code"
         *         }
         *       ],
         *       "settings": {
         *         "slot_minutes": 15
         *       }
         *     }
         */
        ScenarioDefinition: {
            /** @description Texts to accept. Of kind identify recording must be among them; default process, recording. Of another kind call_recording where the call is recorded, which is then the default, else none. */
            consents?: components["schemas"]["ConsentKey"][];
            /** @description One or two sentences for the customer. */
            description?: components["schemas"]["Translations"];
            /** @description Documents that the customer may choose among. Of kind identify at least one, else none. */
            document_types?: components["schemas"]["DocumentType"][];
            /** @description Fields of the form, in order. Default none: there is no form. */
            form?: components["schemas"]["FormField"][];
            /**
             * @description Default identify. It stays once a case has begun with the scenario: 409 scenario_kind_fixed.
             * @default identify
             */
            kind: components["schemas"]["ScenarioKind"];
            /** @description Shown to the customer. */
            name: components["schemas"]["Translations"];
            /** @description Why the data are asked for; part of the consent page. */
            purpose?: components["schemas"]["Translations"];
            /** @description The steps of the call. Of kind identify at least one; of another kind a code at most, which is not required. */
            script?: components["schemas"]["ScriptStep"][];
            settings?: components["schemas"]["ScenarioSettings"];
        };
        /**
         * @description identify: a video review, which ends in a verdict on evidence. guide: guidance on the same screen, which the customer shares. advise: a service by video. The last two identify nobody and end in an outcome.
         * @enum {string}
         */
        ScenarioKind: "identify" | "guide" | "advise";
        /** @description One page of a list. */
        ScenarioList: {
            items: components["schemas"]["Scenario"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description Times of a scenario. A field that is left out has its default.
         * @example {}
         */
        ScenarioSettings: {
            /** @description Who leads these calls. Default: every agent. */
            agents?: string[];
            booking?: components["schemas"]["BookingSettings"];
            call?: components["schemas"]["CallSettings"];
            capacity?: components["schemas"]["CapacitySettings"];
            /**
             * @description How far ahead one may book. Default 14.
             * @default 14
             */
            horizon_days: number;
            /**
             * @description Life of the customer's link. Default 30.
             * @default 30
             */
            link_days: number;
            /**
             * @description The shortest time between booking and call. Default 60.
             * @default 60
             */
            notice_minutes: number;
            /**
             * @description Bookings at a time beyond the agents' calendars. Default 0.
             * @default 0
             */
            overbooking: number;
            queue?: components["schemas"]["QueueSettings"];
            /**
             * @description How long a call waits for someone who lost the connection; 0 = the bank's setting. Default 0.
             * @default 0
             */
            reconnect_grace_seconds: number;
            recording?: components["schemas"]["RecordingSettings"];
            /**
             * @description How long form, recording and stills are kept; told in the consents. Default 5.
             * @default 5
             */
            retention_years: number;
            /** @description Bookings start at multiples of this. Default: slot_minutes. */
            slot_interval_minutes?: number;
            /**
             * @description Length of a booking. Default 15.
             * @default 15
             */
            slot_minutes: number;
            /**
             * @description How often a step may be tried in one call. Default 5.
             * @default 5
             */
            step_attempts: number;
            telephone?: components["schemas"]["TelephoneSettings"];
        };
        /** @description A scenario inside another thing. */
        ScenarioSummary: {
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["ScenarioKind"];
            name: components["schemas"]["Translations"];
            slug: string;
            /** @description That the case began with. */
            version?: number;
        };
        /**
         * @description read: every GET. write: what concerns customers. admin: people, keys and settings. kiosk: tickets and check-in in a branch.
         * @enum {string}
         */
        Scope: "read" | "write" | "admin" | "kiosk";
        /**
         * @description One step of the call.
         * @example {
         *       "kind": "document_front"
         *     }
         */
        ScriptStep: {
            /** @description Neighbouring steps of one group come in an order drawn for each call. Default none. */
            group?: string;
            kind: components["schemas"]["StepKind"];
            /**
             * @description Without a required step there is no approval. Default true, of another kind than identify false.
             * @default true
             */
            required: boolean;
        };
        /** @description What messages or calls come from, in a country and for a class. */
        Sender: {
            /** @enum {string} */
            channel: "sms" | "voice" | "flash";
            class?: components["schemas"]["MessageClass"];
            /** @description Calling code, such as 84. Absent = any. */
            country?: string;
            /** @description What comes in for it is this bank's. A number receives for one bank only. */
            inbound?: boolean;
            /** @enum {string} */
            kind: "alphanumeric" | "number" | "short_code" | "pool";
            /** @description Of a pool. */
            numbers?: string[];
            provider?: string;
            /** @description A name of up to 11 characters, a number, or a short code. Of a pool: its first number. */
            sender?: string;
        };
        /**
         * @description What messages and calls come from.
         * @example {
         *       "senders": [
         *         {
         *           "channel": "sms",
         *           "kind": "alphanumeric",
         *           "country": "84",
         *           "class": "security",
         *           "sender": "DemoBank"
         *         }
         *       ]
         *     }
         */
        Senders: {
            senders: components["schemas"]["Sender"][];
        };
        /**
         * @description How to send the code.
         * @example {
         *       "way": "voice"
         *     }
         */
        SendVisitCode: {
            /** @enum {string} */
            way?: "sms" | "voice";
        };
        /** @description One callback; without a booking it says why. */
        SeriesItem: {
            booking?: components["schemas"]["Booking"];
            /** @description As of booking, such as slot_taken; time_does_not_exist where the clocks leave it out. */
            code?: string;
            detail?: string;
            /** Format: date-time */
            start?: string;
            /** @description What the clock shows; only in the answer that made the series. */
            wall?: string;
        };
        /**
         * @description What was scanned.
         * @example {}
         */
        ServeTicket: {
            code?: string;
        };
        /** @description Who is signed in. */
        Session: {
            agent: components["schemas"]["Agent"];
            bank: components["schemas"]["BankSummary"];
            /**
             * Format: date-time
             * @description Told at sign-in: the session ends then at the latest; 1 h without a request ends it sooner.
             */
            expires_at?: string;
            /** @description What a pause may be for, as the bank has set it. Only for roles that take calls. */
            pause_reasons?: string[];
            /** @description Only for roles that take calls. */
            presence?: components["schemas"]["Presence"];
        };
        /**
         * @description Asks for a verified session on approval; needs a customer.
         * @example {
         *       "scope": [
         *         "visit"
         *       ],
         *       "minutes": 15
         *     }
         */
        SessionRequest: {
            /** @description Default 15. */
            minutes?: number;
            /** @description What it is good for. visit: the visit page asks for no code. */
            scope: string[];
        };
        /**
         * @description A verified session's token.
         * @example {
         *       "token": "eyJhbGciOiJIUzI1NiJ9.e30.AA"
         *     }
         */
        SessionToken: {
            /** @description That it must have. */
            scope?: string;
            token: string;
        };
        /**
         * @description The agent's choice.
         * @example {
         *       "state": "ready"
         *     }
         */
        SetPresence: {
            /** @description Of a pause: one of the bank's pause_reasons. */
            reason?: string;
            /** @enum {string} */
            state: "ready" | "paused" | "offline";
        };
        /**
         * @description When customers are reminded.
         * @example {
         *       "steps": [
         *         {
         *           "offset_seconds": -86400,
         *           "channels": [
         *             "push",
         *             "sms"
         *           ]
         *         },
         *         {
         *           "offset_seconds": -3600,
         *           "channels": [
         *             "voice"
         *           ],
         *           "flow": "reminder"
         *         }
         *       ],
         *       "recovery": [
         *         {
         *           "offset_seconds": 3600,
         *           "channels": [
         *             "sms"
         *           ]
         *         }
         *       ]
         *     }
         */
        SetReminderLadder: {
            /** @description After a missed call, up to 7 days. They end when another time is booked. */
            recovery?: components["schemas"]["ReminderStep"][];
            /** @description From 30 days before the start to a day after it. They end when the customer confirms. */
            steps: components["schemas"]["ReminderStep"][];
        };
        /**
         * @description The bank's own recording.
         * @example {
         *       "wav": "UklGRjQAAABXQVZFZm10IBIAAAAHAAEAQB8AAEAfAAABAAgAAABmYWN0BAAAAAIAAABkYXRhAgAAAP//"
         *     }
         */
        SetVoiceClip: {
            /**
             * Format: byte
             * @description A WAV file in base64: 8 kHz mu-law, or 16 bit PCM at 8, 16, 32 or 48 kHz, mono or stereo; 30 seconds at most.
             */
            wav: string;
        };
        /**
         * @description Replaces all hours of an agent.
         * @example {
         *       "agent_id": "0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90",
         *       "hours": [
         *         {
         *           "weekday": 1,
         *           "starts": "09:00",
         *           "ends": "17:00",
         *           "time_zone": "Asia/Ho_Chi_Minh"
         *         }
         *       ]
         *     }
         */
        SetWorkingHours: {
            /** Format: uuid */
            agent_id: string;
            hours: components["schemas"]["Hours"][];
        };
        /**
         * @description An agent's e-mail and password.
         * @example {
         *       "email": "linh@demo.example",
         *       "password": "correct horse battery",
         *       "bank": "demo"
         *     }
         */
        SignIn: {
            /**
             * @description The bank's slug; needed only when the address exists at several banks.
             * @example demo
             */
            bank?: string;
            /**
             * Format: email
             * @description Any case.
             * @example linh@demo.example
             */
            email: string;
            /** Format: password */
            password: string;
        };
        /** @description An event that was not taken over. */
        SkippedEvent: {
            /** @description Which of the file, from 1. */
            event: number;
            reason: string;
            summary?: string;
        };
        /** @description A time that can be booked. */
        Slot: {
            /** Format: date-time */
            end: string;
            /** @description Places left. */
            free: number;
            /** Format: date-time */
            start: string;
        };
        /** @description Times that can be booked, in order. */
        SlotList: {
            items: components["schemas"]["Slot"][];
            /** @description The customer's IANA zone, or the bank's, to show them in. */
            time_zone: string;
        };
        /**
         * @description What the customer shows; code: the SMS code is typed in.
         * @enum {string}
         */
        StepKind: "document_front" | "document_back" | "face_front" | "face_left" | "face_right" | "face_up" | "face_down" | "code";
        /**
         * @description What the agent saw.
         * @example {
         *       "outcome": "passed"
         *     }
         */
        StepOutcome: {
            /** @description How many pictures to take, of which the best is kept. Each takes a moment. Default 1. */
            best_of?: number;
            /** @enum {string} */
            outcome: "passed" | "failed";
        };
        /**
         * @description A failed step may be done again.
         * @enum {string}
         */
        StepState: "pending" | "passed" | "failed" | "skipped";
        /** @description What was measured in a still. */
        StillQuality: {
            /** @description What is wrong with the picture; empty when it is good. */
            advice: ("blurred" | "glare" | "dark" | "frozen")[];
            /** @description Share of saturated pixels, 0 to 1. */
            glare: number;
            /** @description Mean brightness, 0 to 255. */
            luma: number;
            /** @description Mean difference to the still before. */
            motion?: number;
            /** @description Variance of the Laplacian; below 40 blurred. */
            sharpness: number;
        };
        /**
         * @description The form's values by field key.
         * @example {
         *       "data": {
         *         "full_name": "Nguyễn Văn An"
         *       }
         *     }
         */
        SubmitForm: {
            data: {
                [key: string]: unknown;
            };
        };
        /**
         * @description How.
         * @example {
         *       "mode": "watch"
         *     }
         */
        SuperviseCall: {
            mode: components["schemas"]["GuestMode"];
        };
        /** @description What supervisors may do unseen. */
        Supervision: {
            /**
             * @description The customer is not shown who watches or whispers. Default false.
             * @default false
             */
            watch_hidden: boolean;
        };
        /** @description Whether a video call may go on by telephone, and what that means for the verdict. */
        TelephoneSettings: {
            /**
             * @description Also at a number that is given in the call; else only at the one on file.
             * @default false
             */
            any_number: boolean;
            /**
             * @description The customer and the agent may have the customer called, when the network is too bad for video.
             * @default false
             */
            fallback: boolean;
            /**
             * @description Whether such a call may end in an approval. never: not when a part of it was by telephone. after: when it is by video again, and the steps that were done by telephone are repeated. telephone: as if it had been by video.
             * @default never
             * @enum {string}
             */
            identify: "never" | "after" | "telephone";
        };
        /** @description The words of one message in one locale. A text with several variants says the same in several lengths, longest first; an SMS takes the longest that fits the budget. */
        Text: {
            /** @description Segments that the SMS may take; 0: any number, or not an SMS. */
            budget: number;
            class: components["schemas"]["MessageClass"];
            /** @description True: the bank's own words. */
            custom: boolean;
            /** @description The text that came with the gateway. */
            default: string[];
            /** @example booking_confirmed */
            key: string;
            locale: components["schemas"]["Locale"];
            open?: components["schemas"]["TextVersion"];
            /** @description That may stand in it. */
            placeholders: string[];
            /** @description That every variant must have. */
            required: string[];
            /** @description In force, longest first. With {placeholders}. */
            variants: string[];
            /** @description In force; 0: the text that came with the gateway. */
            version: number;
        };
        /** @description What happened to a text. */
        TextChange: {
            /** @enum {string} */
            action: "drafted" | "submitted" | "approved" | "rejected" | "published" | "archived" | "reverted";
            /** @enum {string} */
            actor: "bank" | "agent" | "customer" | "system";
            /** Format: uuid */
            actor_id?: string;
            /** Format: date-time */
            at: string;
            note?: string;
            /** @description 0: the text that came with the gateway. */
            version: number;
        };
        /** @description A text with its versions and history, newest first. */
        TextDetail: {
            history: components["schemas"]["TextChange"][];
            text: components["schemas"]["Text"];
            versions: components["schemas"]["TextVersion"][];
        };
        /** @description What the linter has to say. */
        TextFinding: {
            /** @description The placeholder, character or number that it is about. */
            detail: string;
            key: string;
            locale: components["schemas"]["Locale"];
            /** @enum {string} */
            rule: "missing_text" | "unknown_placeholder" | "missing_placeholder" | "stray_brace" | "too_long" | "over_budget" | "hidden_character" | "bidi" | "markup" | "link" | "origin_line" | "latin_digits" | "forces_ucs2" | "variant_order";
            /** @enum {string} */
            severity: "error" | "advice";
            /** @description 0: the longest; -1: all of them. */
            variant: number;
        };
        /** @description What the linter has to say. */
        TextFindings: {
            items: components["schemas"]["TextFinding"][];
        };
        /** @description All texts. */
        TextList: {
            items: components["schemas"]["Text"][];
        };
        /**
         * @description Why.
         * @example {
         *       "note": "text"
         *     }
         */
        TextNote: {
            note?: string;
        };
        /** @description How a text would read in one language. */
        TextPreview: {
            /** @description Segments; 0: any number, or not an SMS. */
            budget: number;
            findings: components["schemas"]["TextFinding"][];
            locale: components["schemas"]["Locale"];
            variants: components["schemas"]["TextPreviewVariant"][];
        };
        /** @description How a text would read, by language. */
        TextPreviewList: {
            items: components["schemas"]["TextPreview"][];
        };
        /** @description One length as it would be sent, in order of preference. */
        TextPreviewVariant: {
            body: string;
            /** @description The one that would be sent with these params. */
            chosen: boolean;
            /**
             * @description A reminder that ends with how to confirm (the text confirm_hint), counted in its segments. So it is sent
             *     about a booking from a sender whose answers are taken in (PUT /v1/senders, inbound): to numbers of the
             *     prefix asked for, without one to any.
             */
            confirm_hint: boolean;
            /** @description Estimates, one for each price known; empty: no price is known. */
            costs: {
                amount: string;
                currency: string;
                prefix: string;
            }[];
            /**
             * @description Of an SMS.
             * @enum {string}
             */
            encoding?: "gsm7" | "ucs2";
            /** @description The budget. */
            fits: boolean;
            /** @description The characters that force UCS-2. */
            foreign?: string;
            /** @description Units that still fit the last segment. */
            left?: number;
            /** @description Ends with what to answer when the code is not theirs. */
            not_me_hint: boolean;
            /** @description Ends with the line by which a browser fills the code in. */
            origin_line: boolean;
            segments?: number;
            /** @description Vietnamese without diacritics. */
            unaccented: boolean;
            /** @description Septets (GSM 7 bit) or UTF-16 code units (UCS-2). */
            units?: number;
            /** @description 0: the longest. */
            variant: number;
        };
        /**
         * @description How the bank wants its SMS written, and what they cost.
         * @example {
         *       "vietnamese_sms": "shorter",
         *       "prices": [
         *         {
         *           "prefix": "+84",
         *           "currency": "USD",
         *           "segment": "0.0452"
         *         }
         *       ]
         *     }
         */
        TextSettings: {
            /** @description Segments that an SMS may take, by the key of its text, in place of the default. */
            budgets?: {
                [key: string]: number;
            };
            /** @description Codes say what to answer when they are not the reader's, where that fits. Default false. */
            not_me_hint?: boolean;
            prices?: {
                currency: string;
                /** @description Beginning of the number, such as +84; the longest that matches counts. */
                prefix: string;
                /** @description Price of one segment, such as "0.0452". */
                segment: string;
            }[];
            /**
             * @description With diacritics (default), without where that takes fewer segments, or always without.
             * @enum {string}
             */
            vietnamese_sms?: "accented" | "shorter" | "unaccented";
            /** @description Host on which a browser fills codes in, such as bank.example; default none. */
            web_otp_host?: string;
        };
        /**
         * @description One text in several lengths, longest first.
         * @example [
         *       "{bank}: text"
         *     ]
         */
        TextVariants: string[];
        /** @description Words of the bank's own. They never change once submitted. */
        TextVersion: {
            /** @description Agents and API keys that wrote or submitted it. */
            authors: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /**
             * @description Published is in force. Draft, submitted and approved are open; a text has one open version at most.
             * @enum {string}
             */
            state: "draft" | "submitted" | "approved" | "rejected" | "published" | "archived";
            /** Format: date-time */
            updated_at: string;
            variants: string[];
            version: number;
        };
        /** @description The chat of a case, as its reader sees it. */
        Thread: {
            /**
             * Format: uuid
             * @description Who has it; not told to customers.
             */
            agent_id?: string;
            agent_name?: string;
            /**
             * Format: date-time
             * @description Since when it waits for a person.
             */
            asked_at?: string;
            /**
             * @description Not told to customers.
             * @enum {string}
             */
            asked_why?: "customer" | "bot" | "bot_failed" | "no_bot" | "agent";
            /** @description The bank has a bot. */
            bot_on: boolean;
            /** Format: uuid */
            identification_id: string;
            items: components["schemas"]["ThreadEntry"][];
            /** @description Of older entries. */
            next_cursor?: string;
            state: components["schemas"]["ThreadState"];
            /** @description Entries that the reader's side has not seen, at most 100. */
            unread: number;
            /** @description Who wrote the customer's newest line had proved the number. */
            verified: boolean;
        };
        /** @description Something said in the chat of a case, or told of the case. */
        ThreadEntry: {
            agent_name?: string;
            /** Format: date-time */
            at: string;
            /**
             * Format: uuid
             * @description The call that it was written in or is about.
             */
            call_id?: string;
            /**
             * Format: uuid
             * @description UUIDv7: the order.
             */
            id: string;
            /**
             * @description What a notice is about; pages have the words.
             * @enum {string}
             */
            notice?: "person_asked" | "person_speaks" | "bot_speaks" | "documents_again" | "form_again" | "book_call" | "booking_made" | "booking_moved" | "booking_cancelled" | "agent_calls" | "agent_ready" | "call_missed" | "approved" | "rejected" | "completed" | "case_cancelled" | "case_declined";
            /** @description What the customer may answer the bot with one press. */
            quick_replies?: string[];
            /** @enum {string} */
            role: "customer" | "bot" | "agent" | "notice";
            /**
             * Format: date-time
             * @description Of the booking that a notice is about.
             */
            start?: string;
            /** @description Plain text with line breaks. Empty once its time is over; none of a notice. */
            text?: string;
            /** @description Said by, or to, a customer who had proved the number. */
            verified: boolean;
        };
        /** @description Who answers in the chat of a case. */
        ThreadHead: {
            /**
             * Format: uuid
             * @description Who has it; not told to customers.
             */
            agent_id?: string;
            agent_name?: string;
            /**
             * Format: date-time
             * @description Since when it waits for a person.
             */
            asked_at?: string;
            /**
             * @description Not told to customers.
             * @enum {string}
             */
            asked_why?: "customer" | "bot" | "bot_failed" | "no_bot" | "agent";
            /** Format: uuid */
            identification_id: string;
            state: components["schemas"]["ThreadState"];
            /** @description Who wrote the customer's newest line had proved the number. */
            verified: boolean;
        };
        /** @description Chats, the newest line first. */
        ThreadList: {
            items: components["schemas"]["ThreadSummary"][];
            next_cursor?: string;
        };
        /**
         * @description Who answers the customer: the bot (nobody yet, where the bank has none); a person was asked for; a person.
         * @enum {string}
         */
        ThreadState: "bot" | "waiting" | "person";
        /** @description A chat in a list. */
        ThreadSummary: {
            /** Format: uuid */
            agent_id?: string;
            agent_name?: string;
            /** Format: date-time */
            asked_at?: string;
            /** @enum {string} */
            asked_why?: "customer" | "bot" | "bot_failed" | "no_bot" | "agent";
            customer: components["schemas"]["CustomerSummary"];
            /** Format: uuid */
            identification_id: string;
            /** Format: date-time */
            last_at?: string;
            /** @enum {string} */
            last_role?: "customer" | "bot" | "agent";
            /** @description How the newest line begins. */
            last_text?: string;
            scenario: components["schemas"]["ScenarioSummary"];
            state: components["schemas"]["ThreadState"];
            /** @description Lines of the customer that nobody at the bank has read, at most 100. */
            unread: number;
            verified: boolean;
        };
        /** @description A number, as the kiosk prints it. It does not say whether the bank knows who holds it. */
        Ticket: {
            branch: string;
            /** @description What the QR code holds. */
            code: string;
            /** @description A code is on its way to the phone, if the bank knows the number. */
            code_sent: boolean;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            issued_at: string;
            number: number;
        };
        /** @description Whether the code was right. */
        TicketCheck: {
            checks_left: number;
            identified: boolean;
        };
        /**
         * @description The code that came by SMS.
         * @example {
         *       "code": "123456"
         *     }
         */
        TicketCode: {
            code: string;
        };
        /** @description A number, as the staff sees it. */
        TicketInfo: {
            /**
             * Format: uuid
             * @description Of today; the customer is checked in.
             */
            booking_id?: string;
            branch: string;
            /**
             * Format: uuid
             * @description Left out: not known.
             */
            customer_id?: string;
            customer_name?: string;
            /** Format: uuid */
            id: string;
            /** @description card or phone. */
            identified_by?: string;
            /** Format: date-time */
            issued_at: string;
            number: number;
            state: components["schemas"]["TicketState"];
        };
        /** @description A page, the newest first. */
        TicketInfoList: {
            items: components["schemas"]["TicketInfo"][];
            next_cursor?: string;
        };
        /**
         * @description Where a ticket stands.
         * @enum {string}
         */
        TicketState: "waiting" | "served" | "ended";
        /**
         * @description To whom. Either an agent or a skill.
         * @example {
         *       "agent_id": "01890a5d-ac96-774b-bcce-b302099a8057",
         *       "warm": true,
         *       "note": "Speaks better Persian than I do."
         *     }
         */
        TransferCall: {
            /** Format: uuid */
            agent_id?: string;
            /** @description For who takes it. */
            note?: string;
            skill?: string;
            /**
             * @description Whoever accepts joins first. Default false.
             * @default false
             */
            warm: boolean;
        };
        /**
         * @description A text for each locale, by its two letters. en is always there.
         * @example {
         *       "en": "Open an account",
         *       "vi": "Mở tài khoản"
         *     }
         */
        Translations: {
            [key: string]: string;
        };
        /**
         * @example {
         *       "phone": "+84901230000",
         *       "input": {
         *         "start": "2030-01-01T09:00:00Z"
         *       }
         *     }
         */
        TryFlow: {
            input?: {
                [key: string]: string;
            };
            locale?: components["schemas"]["Locale"];
            /** @description To call. */
            phone: string;
        };
        /**
         * @example {
         *       "name": "reminder",
         *       "source": "flow: reminder"
         *     }
         */
        ValidateFlow: {
            locale?: components["schemas"]["Locale"];
            name: string;
            source: string;
        };
        /**
         * @description The agent's verdict. Approval needs the consents, every required step, the code and a recording.
         * @example {
         *       "decision": "approved"
         *     }
         */
        Verdict: {
            /** @enum {string} */
            decision: "approved" | "rejected";
            /** @description Needed for rejected. */
            reason?: string;
        };
        /** @description A second-factor challenge. The code is never shown. */
        Verification: {
            amount?: string;
            /** @description Checks left. */
            attempts_left: number;
            /** Format: date-time */
            created_at: string;
            currency?: string;
            /** Format: uuid */
            customer_id?: string;
            /**
             * Format: date-time
             * @description When it came to its final state.
             */
            ended_at?: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            factor_id?: string;
            /** Format: uuid */
            id: string;
            metadata: components["schemas"]["Metadata"];
            /**
             * Format: date-time
             * @description A resend before this is refused.
             */
            next_send_at: string;
            /** @description What to tell the customer about a restricted way. */
            notice?: string;
            /** @description Push: show it on your page. The customer chooses it among those that the device shows. */
            number?: number;
            /** @description Push: what the device shows. */
            numbers?: number[];
            payee?: string;
            /** @description E.164 for the bank's API keys; masked otherwise. */
            phone: string;
            purpose: components["schemas"]["VerificationPurpose"];
            /** @description Why it failed: link_mismatch, number_mismatch, blocked_by_policy; or who denied it. */
            reason?: string;
            reference?: string;
            /** @description The way goes over the public telephone network. Tell the customer: see notice. */
            restricted?: boolean;
            /** @description How often something was sent. */
            sends?: number;
            state: components["schemas"]["VerificationState"];
            /** @description The last used. */
            way?: components["schemas"]["VerificationWay"];
            /** @description Those that it has, and those that may follow. */
            ways?: components["schemas"]["VerificationWayState"][];
        };
        /**
         * @description The code as it was typed, and the payment that it is meant for.
         * @example {
         *       "code": "123456"
         *     }
         */
        VerificationCheck: {
            /** @description Of the payment, as at the start; required where there is one. */
            amount?: string;
            /**
             * @description Digits; spaces and hyphens do not matter.
             * @example 123456
             */
            code: string;
            currency?: string;
            payee?: string;
        };
        /** @description One page of a list. */
        VerificationList: {
            items: components["schemas"]["Verification"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description What the code is good for.
         * @enum {string}
         */
        VerificationPurpose: "visit" | "call" | "api" | "recover" | "ticket";
        /** @description A bank's rules for verifications. */
        VerificationSettings: {
            digits: number;
            flash_numbers: string[];
            freeze_hours: number;
            hourly_sends: number;
            life_seconds: number;
            payment_digits: number;
            preference: components["schemas"]["VerificationWay"][];
            risk_fail: string;
            risk_hook?: string;
            /** @description whsec_…: what questions to a new risk hook are signed with. Shown once. */
            risk_secret?: string | null;
            spraying_limit: number;
        };
        /**
         * @description A bank's rules for verifications.
         * @example {
         *       "digits": 6
         *     }
         */
        VerificationSettingsChanges: {
            /** @description Of a code. Default 6. */
            digits?: number;
            /** @description 100 to 10,000 numbers that flash calls come from, with different last four digits, which are the code; none = no flash calls. */
            flash_numbers?: string[];
            /** @description After a change of number no code goes to it for so long, but in a visit or a call. Default 72. */
            freeze_hours?: number;
            /** @description Codes by phone in an hour at most. Default 20000. */
            hourly_sends?: number;
            /** @description Of a code. Default 300. */
            life_seconds?: number;
            /** @description Of a code that is linked to a payment. Default 8. */
            payment_digits?: number;
            /** @description The order of ways when a request names none. Default push, totp, sms. */
            preference?: components["schemas"]["VerificationWay"][];
            /**
             * @description What its silence means. Default closed.
             * @enum {string}
             */
            risk_fail?: "closed" | "open";
            /** @description https URL that is asked before a code goes by phone. Default none. */
            risk_hook?: string;
            /** @description Wrong codes in ten minutes, over half of the right ones, that pause codes by phone. Default 500. */
            spraying_limit?: number;
        };
        /**
         * @description All but pending are final.
         * @enum {string}
         */
        VerificationState: "pending" | "approved" | "expired" | "max_attempts" | "cancelled" | "failed" | "denied";
        /**
         * @description A step of a workflow.
         * @example {
         *       "way": "sms",
         *       "wait_seconds": 60
         *     }
         */
        VerificationStep: {
            /** @description Until the next step. Default 0: only when it is asked for. */
            wait_seconds?: number;
            way: components["schemas"]["VerificationWay"];
        };
        /**
         * @description How possession is proved. sms, voice and flash go over the public telephone network, which is a restricted way (NIST SP 800-63B).
         * @enum {string}
         */
        VerificationWay: "sms" | "voice" | "flash" | "push" | "totp";
        /** @description A way of a verification. */
        VerificationWayState: {
            /**
             * Format: date-time
             * @description A resend by this way before this is refused. Absent where nothing is sent.
             */
            next_send_at?: string;
            restricted: boolean;
            way: components["schemas"]["VerificationWay"];
        };
        /** @description What a verified session stands for. */
        VerifiedSession: {
            active: boolean;
            amr?: components["schemas"]["VerificationWay"][];
            /** Format: date-time */
            created_at?: string;
            /** Format: uuid */
            customer_id?: string;
            /** Format: date-time */
            expires_at?: string;
            /** Format: uuid */
            id?: string;
            scope?: string[];
        };
        /** @description Everything that the visit page shows. */
        Visit: {
            bank: components["schemas"]["BankSummary"];
            /** @description The live or newest one. */
            booking?: components["schemas"]["Booking"];
            /** @description The live or newest one. */
            call?: components["schemas"]["VisitCall"];
            /** @description Left out where the wait is too long or not known. */
            call_now?: components["schemas"]["CallNow"];
            consents: components["schemas"]["VisitConsent"][];
            customer: components["schemas"]["VisitCustomer"];
            /** @description Chosen. */
            document_type?: components["schemas"]["DocumentType"];
            document_types: components["schemas"]["DocumentType"][];
            form: components["schemas"]["VisitForm"];
            /** @description The time that is kept meanwhile. */
            hold?: components["schemas"]["Hold"];
            identification: components["schemas"]["VisitIdentification"];
            /** @description Of the link that this session came by. */
            link_used?: components["schemas"]["LinkUse"];
            next_step: components["schemas"]["VisitStep"];
            /** @description The phone number was proved in this session. */
            proved: boolean;
            queue?: components["schemas"]["QueuePlace"];
            scenario: components["schemas"]["VisitScenario"];
            /** @description What the links of this session are for. */
            scopes: components["schemas"]["LinkPurpose"][];
            /** @description The newest entry. */
            waitlist?: components["schemas"]["WaitlistEntry"];
        };
        /** @description A call as the page needs it. */
        VisitCall: {
            agent_name?: string;
            /** @description False: the agent is heard and not seen. */
            agent_video: boolean;
            direction: components["schemas"]["CallDirection"];
            /** Format: uuid */
            id: string;
            reason?: string;
            /**
             * Format: date-time
             * @description While it rings.
             */
            ring_expires_at?: string;
            /** @description Path of the signalling WebSocket while the call lives. */
            socket_url?: string;
            state: components["schemas"]["CallState"];
            telephone?: components["schemas"]["CallTelephone"];
        };
        /**
         * @description What the customer prefers.
         * @example {}
         */
        VisitChanges: {
            locale?: string;
            /** @description IANA name. */
            time_zone?: string;
        };
        /** @description The outcome of a check, and the visit as it then stands. */
        VisitCodeCheck: {
            result: components["schemas"]["CheckResult"];
            /** @description Once approved. */
            visit?: components["schemas"]["Visit"];
        };
        /** @description A text to accept, in the customer's language. */
        VisitConsent: {
            /** @description Absent until decided. */
            accepted?: boolean;
            /** @description Paragraphs are parted by an empty line. */
            body: string;
            key: string;
            title: string;
            version: number;
        };
        /** @description The customer as the page may show them. */
        VisitCustomer: {
            locale: components["schemas"]["Locale"];
            /** @description Only once proved. */
            name?: string;
            /** @example +84•••••4567 */
            phone_masked: string;
            time_zone: string;
        };
        /** @description The form in the customer's language. */
        VisitForm: {
            /** @description 0 = none. */
            confirmed_version: number;
            /** @description Only once proved, and once submitted. */
            data?: {
                [key: string]: unknown;
            };
            fields: components["schemas"]["VisitFormField"][];
            /** @description The newest submitted; 0 = none. */
            version: number;
        };
        /** @description One field. */
        VisitFormField: {
            help?: string;
            key: string;
            label: string;
            max_length?: number;
            /** @description Of a date of birth: in years. */
            min_age?: number;
            options: components["schemas"]["VisitFormOption"][];
            /** @description Of a date: not in the future. */
            past?: boolean;
            pattern?: string;
            required: boolean;
            type: components["schemas"]["FormFieldType"];
        };
        /** @description One choice. */
        VisitFormOption: {
            label: string;
            value: string;
        };
        /** @description How the case stands. */
        VisitIdentification: {
            /** Format: uuid */
            id: string;
            /** @description Empty unless the bank wants it told. */
            reason: string;
            state: components["schemas"]["IdentificationState"];
        };
        /** @description The scenario in the customer's language. */
        VisitScenario: {
            description: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["ScenarioKind"];
            name: string;
            purpose: string;
            reconnect_grace_seconds: number;
            /** @description The calls are recorded. */
            recorded: boolean;
            slug: string;
        };
        /**
         * @description What the page asks for next. wait: a booking or a place in the queue stands. call: a call rings or is on. done: a final state.
         * @enum {string}
         */
        VisitStep: "prove" | "consent" | "document" | "form" | "confirm" | "slot" | "wait" | "call" | "done";
        /** @description A recording that calls are spoken from. */
        VoiceClip: {
            /**
             * Format: date-time
             * @description When the bank's own came.
             */
            changed_at?: string;
            /**
             * @description d0 to d9 are the digits.
             * @example code_is
             */
            key: string;
            locale: components["schemas"]["Locale"];
            /** @description True: the bank's own. */
            own: boolean;
            /** @description What the bundled recording says; empty for digits, numbers and names of days. */
            text: string;
            /**
             * Format: byte
             * @description The WAV file (8 kHz, mu-law), in base64; not in lists.
             */
            wav?: string;
        };
        /** @description Recordings, by language and key. */
        VoiceClipList: {
            items: components["schemas"]["VoiceClip"][];
        };
        /** @description A case that waits for a time to become free. */
        WaitlistEntry: {
            /** Format: uuid */
            customer_id: string;
            /** @description Not in a customer's answers. */
            customer_name?: string;
            /** Format: date-time */
            entered_at: string;
            /** Format: date-time */
            from: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            identification_id: string;
            /** @description The time that is held for the case. */
            offer?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                until: string;
            };
            state: components["schemas"]["WaitState"];
            /** Format: date-time */
            to: string;
        };
        /** @description A page, the newest first. */
        WaitlistEntryList: {
            items: components["schemas"]["WaitlistEntry"][];
            next_cursor?: string;
        };
        /**
         * @description offered: a time is held for the case. expired: no time became free, or three offers in a row were not answered.
         * @enum {string}
         */
        WaitState: "waiting" | "offered" | "booked" | "left" | "expired";
        /** @description The queue, now and since midnight of the bank's time zone. */
        Wallboard: {
            agents: components["schemas"]["AgentPresence"][];
            /** Format: date-time */
            at: string;
            /** @description That ring or go on. */
            calls: number;
            longest_wait_seconds: number;
            /** @description Those that were heard of within the last hour, or have a live call of this bank. */
            nodes: components["schemas"]["WallboardNode"][];
            scenarios: components["schemas"]["WallboardScenario"][];
            /**
             * Format: date-time
             * @description Today's beginning.
             */
            since: string;
            /** @description Those that somebody who waits is to be served with. */
            skills: components["schemas"]["WallboardSkill"][];
            today: components["schemas"]["WallboardDay"];
            waiting: number;
        };
        /** @description Those who entered the queue today. */
        WallboardDay: {
            /** @description Left or were given up before an agent pressed Call. */
            abandoned: number;
            entered: number;
            /** @description Served within service_level_seconds. */
            in_time: number;
            mean_handle_seconds: number;
            mean_wait_seconds: number;
            served: number;
            /** @description in_time of served and abandoned, 0 to 1; 1 when there was nobody. */
            service_level: number;
        };
        /** @description A machine of the gateway. */
        WallboardNode: {
            /** @description Of this bank, live. */
            calls: number;
            /** @description Its public URL. */
            node: string;
            /**
             * Format: date-time
             * @description Its last sign of life.
             */
            seen_at?: string;
            /**
             * @description silent: nothing was heard of it for 30 s.
             * @enum {string}
             */
            state: "up" | "silent";
        };
        /** @description One scenario's part. */
        WallboardScenario: {
            longest_wait_seconds: number;
            scenario: components["schemas"]["ScenarioSummary"];
            today: components["schemas"]["WallboardDay"];
            waiting: number;
        };
        /** @description Who waits for a skill; someone who waits for two counts with both. */
        WallboardSkill: {
            longest_wait_seconds: number;
            /** @description Ready, and able to do it at whatever level. */
            ready_agents: number;
            skill: string;
            waiting: number;
        };
        /** @description One try. */
        WebhookAttempt: {
            /** Format: date-time */
            at: string;
            attempt: number;
            duration_ms: number;
            error: string;
            /** @description The first 1 KiB of the answer. */
            response: string;
            /** @description Absent: no HTTP answer. */
            status?: number;
        };
        /** @description One event on its way to one endpoint. */
        WebhookDelivery: {
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description The next attempt, while pending.
             */
            due_at?: string;
            /** Format: uuid */
            endpoint_id: string;
            /** Format: uuid */
            event_id: string;
            event_type: string;
            /** Format: date-time */
            finished_at?: string;
            /** Format: uuid */
            id: string;
            last_error: string;
            /** @description HTTP status of the last attempt. */
            last_status?: number;
            state: components["schemas"]["WebhookDeliveryState"];
        };
        /** @description A delivery with what was sent and answered. */
        WebhookDeliveryDetail: {
            attempts: components["schemas"]["WebhookAttempt"][];
            /** @description The exact bytes that are sent. */
            body: string;
            delivery: components["schemas"]["WebhookDelivery"];
        };
        /** @description One page of a list. */
        WebhookDeliveryList: {
            items: components["schemas"]["WebhookDelivery"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description failed: after the last attempt, about three days.
         * @enum {string}
         */
        WebhookDeliveryState: "pending" | "succeeded" | "failed" | "cancelled";
        /** @description Where events go (Standard Webhooks 1.0.0). */
        WebhookEndpoint: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: date-time */
            disabled_at?: string;
            /** @description Empty when it is not disabled. */
            disabled_why: string;
            /** Format: uuid */
            id: string;
            state: components["schemas"]["WebhookEndpointState"];
            /** @description Empty: every type. */
            types: string[];
            /** Format: date-time */
            updated_at: string;
            url: string;
        };
        /**
         * @description What to change. A field that is left out stays.
         * @example {}
         */
        WebhookEndpointChanges: {
            description?: string;
            /** @enum {string} */
            state?: "enabled" | "disabled";
            types?: string[];
            url?: string;
        };
        /** @description One page of a list. */
        WebhookEndpointList: {
            items: components["schemas"]["WebhookEndpoint"][];
            /** @description Pass it as cursor for the next page; absent on the last. */
            next_cursor?: string;
        };
        /**
         * @description disabled: by a PATCH, or because it answered 410.
         * @enum {string}
         */
        WebhookEndpointState: "enabled" | "disabled" | "deleted";
        /** @description When an agent takes booked calls. */
        WorkingHours: {
            /** Format: uuid */
            agent_id: string;
            /** @description After a change; left out when there are none. */
            conflicts?: components["schemas"]["BookingConflict"][];
            hours: components["schemas"]["Hours"][];
        };
        /** @description The hours of one agent or of all. */
        WorkingHoursList: {
            items: components["schemas"]["WorkingHours"][];
        };
    };
    responses: {
        /** @description The request is malformed or breaks a rule; fields says which part. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The state of the thing does not allow this now; code says why. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description This actor may not do this, or the CSRF rule was not met. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It existed and has expired or ended. */
        Gone: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the gateway; request_id names it in the log. Also 503 with Retry-After while something that it needs is down. */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No such thing for this actor. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A limit was reached; Retry-After says when to come back. */
        TooManyRequests: {
            headers: {
                /** @description Seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid credential. */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Idempotency-Key was used with another body. */
        Unprocessable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description Only about this object. */
        AboutIdQuery: string;
        /** @description Only this agent's. */
        AgentIdQuery: string;
        /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
        As: "agent" | "customer";
        BatchId: string;
        /** @description Only in this state. */
        BookingStateQuery: components["schemas"]["BookingState"];
        /** @description Only in this state. */
        CallStateQuery: components["schemas"]["CallState"];
        CampaignId: string;
        /** @description Any of its deliveries, or the next one. */
        ChannelQuery: components["schemas"]["Channel"];
        /** @description next_cursor of the page before; opaque. */
        CursorQuery: string;
        /** @description Only this customer's. */
        CustomerIdQuery: string;
        /** @description A cursor to continue from; default: from now on. The header Last-Event-ID wins. */
        FeedFromQuery: string;
        /** @description From this time on. */
        FromQuery: string;
        /**
         * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
         * @example 6f1c1a52-booking-1
         */
        IdempotencyKey: string;
        /** @description Only this case's. */
        IdentificationIdQuery: string;
        /** @description Only in this state. */
        IdentificationStateQuery: components["schemas"]["IdentificationState"];
        ImportId: string;
        /** @description How many items at most. */
        LimitQuery: number;
        /** @description Only this locale. */
        LocaleQuery: components["schemas"]["Locale"];
        MessageClassQuery: components["schemas"]["MessageClass"];
        /** @description Only in this state. */
        MessageStateQuery: components["schemas"]["MessageState"];
        /** @description Only about this object. */
        ObjectIdQuery: string;
        /** @description desc: newest first. asc: oldest first, and next_cursor is always there. */
        OrderQuery: "asc" | "desc";
        /** @description Only with this phone, in international spelling. */
        PhoneQuery: string;
        /** @description Only with this reference. */
        ReferenceQuery: string;
        /** @description Slug or id of a scenario. */
        ScenarioQuery: string;
        /** @description How many slots at most. */
        SlotLimitQuery: number;
        /** @description Before this time. */
        ToQuery: string;
        /** @description Only this event type. */
        TypeQuery: string;
        VerificationPurposeQuery: components["schemas"]["VerificationPurpose"];
        VerificationStateQuery: components["schemas"]["VerificationState"];
        /** @description Only in this state. */
        WebhookDeliveryStateQuery: components["schemas"]["WebhookDeliveryState"];
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAgenda: {
        parameters: {
            query: {
                /** @description Only this agent's. */
                agent_id?: components["parameters"]["AgentIdQuery"];
                from: string;
                /** @description Only of this scenario. */
                scenario_id?: string;
                /** @description Only in this state. Default: all but cancelled. */
                state?: components["schemas"]["AgendaState"];
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agenda"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAgent"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    inviteAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getAgentSkills: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSkills"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    setAgentSkills: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentSkills"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSkills"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    setAgentTelephone: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentTelephone"];
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listMyCalendarFeeds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarFeedList"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    addMyCalendarFeed: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCalendarFeed"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarFeedMade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    removeMyCalendarFeed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                feed_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    addMyPushSubscription: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushSubscription"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushSubscriptionMade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    removeMyPushSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subscription_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getBank: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bank"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    updateBank: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BankChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bank"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listBookingSeries: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only this customer's. */
                customer_id?: components["parameters"]["CustomerIdQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingSeriesList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createBookingSeries: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBookingSeries"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingSeries"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getBookingSeries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                series_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingSeries"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelBookingSeries: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                series_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingSeries"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listBookings: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only this customer's. */
                customer_id?: components["parameters"]["CustomerIdQuery"];
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description Only this case's. */
                identification_id?: components["parameters"]["IdentificationIdQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only in this state. */
                state?: components["parameters"]["BookingStateQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createBooking: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBooking"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getBooking: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getBookingCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelBooking: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    checkInBooking: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckIn"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckedIn"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCheckInCode: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    confirmBooking: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    moveBooking: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveBooking"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listBookingReminders: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                booking_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BookingReminders"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getHold: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description Only this case's. */
                identification_id?: components["parameters"]["IdentificationIdQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hold"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    holdSlot: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHold"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hold"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    releaseHold: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description Only this case's. */
                identification_id?: components["parameters"]["IdentificationIdQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listCalendarExceptions: {
        parameters: {
            query?: {
                /** @description Only this agent's. */
                agent_id?: components["parameters"]["AgentIdQuery"];
                /** @description With days from this date on. */
                from?: string;
                /** @description Only in this state. */
                state?: components["schemas"]["ApprovalState"];
                /** @description With days until this date. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarExceptionList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    createCalendarException: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCalendarException"];
            };
        };
        responses: {
            /** @description Entered or asked for; see state. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarException"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCalendarException: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                exception_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarException"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteCalendarException: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                exception_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    approveCalendarException: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                exception_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DecisionNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarException"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rejectCalendarException: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                exception_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DecisionNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarException"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listCalls: {
        parameters: {
            query?: {
                /** @description Only those that this agent leads, or led last. */
                agent_id?: string;
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description Only this case's. */
                identification_id?: components["parameters"]["IdentificationIdQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only those that ring or go on. */
                live?: boolean;
                /** @description Only those in which a side's opinion score was below this on the whole. */
                mos_below?: number;
                /** @description Part of the customer's name, the case's reference, or the beginning of the call's id. */
                q?: string;
                /** @description Only of this scenario. */
                scenario_id?: string;
                /** @description Only in this state. */
                state?: components["parameters"]["CallStateQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
                /** @description Only of cases in this state. */
                verdict?: components["schemas"]["IdentificationState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallSummaryList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getCall: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallNotes"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    answerCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RingDevice"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    sendCallCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeState"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    checkCallCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeCheck"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    getComposite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Composite"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    requestComposite: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Composite"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelComposite: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Composite"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCompositeFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description bytes=… */
                Range?: string;
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/mp4": string;
                };
            };
            /** @description A part of the file. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/mp4": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    declineCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCallDraw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallDraw"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listCallFiles: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallFileList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    addCallFile: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description What the file is called. */
                name?: string;
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallFile"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    getCallFile: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                call_id: string;
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Gone"];
            default: components["responses"]["InternalError"];
        };
    };
    endGuest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    hangUpCall: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    inviteToCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteToCall"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallGuest"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listCallLines: {
        parameters: {
            query?: {
                /** @description The id of the last line that is known; without it from the beginning. */
                after?: string;
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. At most 500 lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallLineList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCallParty: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallParty"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCallQuality: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallQualityList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCallRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallRecording"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getRecordingFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description bytes=… */
                Range?: string;
            };
            path: {
                call_id: string;
                recording_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/webm": string;
                };
            };
            /** @description A part of the file. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "video/webm": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listRecordingAccess: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingAccesses"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    holdRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordingHold"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingRecord"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getRecordingRecord: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingRecord"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    releaseRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingRecord"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    reportRinging: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RingDevice"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    openCallSocket: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Switched to WebSocket. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    completeStep: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
                position: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StepOutcome"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallStep"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getStepStill: {
        parameters: {
            query?: {
                /** @description Anything. A step that is done again has a new picture under the same path; another v keeps a page from showing the old one. */
                v?: string;
            };
            header?: never;
            path: {
                call_id: string;
                position: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    superviseCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuperviseCall"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallGuest"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    endSupervision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    takeOverCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    callByTelephone: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CallByTelephone"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    endCallByTelephone: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    transferCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TransferCall"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueEntry"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelTransfer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    completeTransfer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listCampaigns: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only those in this state. */
                state?: components["schemas"]["CampaignState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createCampaign: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCampaign"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    updateCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    listCampaignContacts: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only those with this outcome. */
                outcome?: components["schemas"]["CampaignOutcome"];
                /** @description Only those in this state. */
                state?: components["schemas"]["CampaignContactState"];
            };
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignContactList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    addCampaignContacts: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCampaignContacts"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignContactsAdded"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    uploadCampaignContacts: {
        parameters: {
            query?: {
                /** @description What stands between the columns. Default comma. */
                delimiter?: "comma" | "semicolon" | "tab";
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignImport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    exportCampaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listCampaignImports: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignImportList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCampaignImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
                import_id: components["parameters"]["ImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignImport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCampaignImportReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
                import_id: components["parameters"]["ImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    pauseCampaign: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCampaignProgress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignProgress"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getCampaignResults: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    resumeCampaign: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    startCampaign: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    stopCampaign: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                campaign_id: components["parameters"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCapacity: {
        parameters: {
            query?: {
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description Length of an interval. 1440 is a day of the calendar. */
                interval_minutes?: 15 | 30 | 60 | 120 | 240 | 1440;
                /** @description Slug or id of a scenario. */
                scenario?: components["parameters"]["ScenarioQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capacity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getChatBot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatBot"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setChatBot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatBotChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatBot"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    newChatBotSecret: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatBotSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listCustomers: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only with this phone, in international spelling. */
                phone?: components["parameters"]["PhoneQuery"];
                /** @description Only with this reference. */
                reference?: components["parameters"]["ReferenceQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCustomer"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getCustomer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateCustomer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    setCustomerCards: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CardHashes"];
            };
        };
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    addDevice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDevice"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    removeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listFactors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactorList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    addFactor: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFactor"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactorMade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    removeFactor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
                factor_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    confirmFactor: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                customer_id: string;
                factor_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FactorProof"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Factor"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    rebindCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getReferenceStill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customer_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only about this object. */
                object_id?: components["parameters"]["ObjectIdQuery"];
                /** @description desc: newest first. asc: oldest first, and next_cursor is always there. */
                order?: components["parameters"]["OrderQuery"];
                /** @description Only this event type. */
                type?: components["parameters"]["TypeQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    openFeed: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description A cursor to continue from; default: from now on. The header Last-Event-ID wins. */
                cursor?: components["parameters"]["FeedFromQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listFlows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    draftFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DraftFlow"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listFlowAnswers: {
        parameters: {
            query?: {
                /** @description Only of calls about this, such as a campaign's contact. */
                about_id?: string;
                from?: string;
                to?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowAnswers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    revertFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevertFlow"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getFlowVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowSource"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    approveFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FlowNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getFlowDiagram: {
        parameters: {
            query?: {
                /** @description Only this locale. */
                locale?: components["parameters"]["LocaleQuery"];
            };
            header?: never;
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDiagram"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    discardFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    publishFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rejectFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FlowNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    submitFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    tryFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                name: string;
                /** @description 0: the flow that came with the gateway. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TryFlow"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCall"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    newFlowSecret: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowSecret"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getFlowNumbers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowNumbers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setFlowNumbers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowNumbers"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowNumbers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    validateFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateFlow"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowValidation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listHolidayCalendars: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayCalendarList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    createHolidayCalendar: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHolidayCalendar"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayCalendar"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getHolidayCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                calendar_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayCalendar"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    replaceHolidayCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                calendar_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHolidayCalendar"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayCalendar"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteHolidayCalendar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                calendar_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    importHolidays: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                calendar_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HolidayImport"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayImportResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listHoursChanges: {
        parameters: {
            query?: {
                /** @description Only this agent's. */
                agent_id?: components["parameters"]["AgentIdQuery"];
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only in this state. */
                state?: components["schemas"]["ApprovalState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChangeList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getHoursChange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                change_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChange"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    approveHoursChange: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                change_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DecisionNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChange"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rejectHoursChange: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                change_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DecisionNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChange"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    withdrawHoursChange: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                change_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DecisionNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChange"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listIdentifications: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only this customer's. */
                customer_id?: components["parameters"]["CustomerIdQuery"];
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only with this reference. */
                reference?: components["parameters"]["ReferenceQuery"];
                /** @description Only in this state. */
                state?: components["parameters"]["IdentificationStateQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentificationSummaryList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createIdentification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewIdentification"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewIdentificationResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getIdentification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateIdentification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentificationChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelIdentification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    completeIdentification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Completion"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listIdentificationEvents: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    createIdentificationLink: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getThread: {
        parameters: {
            query?: {
                /** @description The id of the last entry that is known. */
                after?: string;
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    handBackThread: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandBackThread"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadHead"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    addThreadLine: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewThreadLine"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadEntry"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    askForPerson: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadHead"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    readThread: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadThread"];
            };
        };
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    takeThread: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadHead"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    decideIdentification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                identification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Verdict"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listInboundAddresses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundAddressList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listInboundMessages: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only of this customer. */
                customer_id?: string;
                /** @description Only what asks for this. */
                intent?: components["schemas"]["InboundIntent"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundMessageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvitation"];
            };
        };
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Gone"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    getMessagePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePolicy"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setMessagePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessagePolicy"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePolicy"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getMessageRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageRoutes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setMessageRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageRoutes"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageRoutes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description Only about this object. */
                about_id?: components["parameters"]["AboutIdQuery"];
                /** @description Any of its deliveries, or the next one. */
                channel?: components["parameters"]["ChannelQuery"];
                class?: components["parameters"]["MessageClassQuery"];
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only this customer's. */
                customer_id?: components["parameters"]["CustomerIdQuery"];
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only with this phone, in international spelling. */
                phone?: components["parameters"]["PhoneQuery"];
                /** @description Only with this reference. */
                reference?: components["parameters"]["ReferenceQuery"];
                /** @description Only in this state. */
                state?: components["parameters"]["MessageStateQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelMessage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listMessageBatches: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatchList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    sendMessageBatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessageBatch"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatchAccepted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getMessageBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelMessageBatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatch"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listMessageBatchResults: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path: {
                batch_id: components["parameters"]["BatchId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatchResultList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    checkMessageBatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageBatchDraft"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageBatchCheck"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    openNetworkTest: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Switched to WebSocket. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listOptOuts: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only of this customer's number. */
                customer_id?: string;
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptOutList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    createOptOut: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOptOut"];
            };
        };
        responses: {
            /** @description Written down. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptOutList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteOptOut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                opt_out_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listPhoneCalls: {
        parameters: {
            query?: {
                about_id?: string;
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                customer_id?: string;
                direction?: "outbound" | "inbound";
                flow?: string;
                from?: string;
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                state?: components["schemas"]["PhoneCallState"];
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCallList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    placePhoneCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlacePhoneCall"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCall"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getPhoneCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                phone_call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCallDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelPhoneCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                phone_call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneCall"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getPhoneRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                phone_call_id: string;
                recording_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneSound"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getPresence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presence"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setPresence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetPresence"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presence"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    listPresence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPresenceList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    heartbeat: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presence"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getPushKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushKey"];
                };
            };
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    enterQueue: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePlace"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    acceptQueueEntry: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AcceptOffer"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rejectQueueEntry: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rescindQueueEntry: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getQueuePlace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePlace"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    leaveQueue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    callBack: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallBack"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePlace"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listDueRecordings: {
        parameters: {
            query?: {
                /** @description Default now. */
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingRecords"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getReminderLadder: {
        parameters: {
            query?: {
                /** @description Of this scenario; left out: the bank's own. */
                scenario_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReminderLadder"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    setReminderLadder: {
        parameters: {
            query?: {
                /** @description Of this scenario; left out: the bank's own. */
                scenario_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetReminderLadder"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReminderLadder"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteReminderLadder: {
        parameters: {
            query?: {
                /** @description Of this scenario; left out: the bank's own. */
                scenario_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listScenarios: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScenarioList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createScenario: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewScenario"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scenario"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getScenario: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scenario_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scenario"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateScenario: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scenario_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScenarioChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scenario"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    getSenders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Senders"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setSenders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Senders"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Senders"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listSlots: {
        parameters: {
            query?: {
                /** @description Only in this agent's calendar, where the scenario's capacity.choose_agent lets a booking name its agent. */
                agent_id?: string;
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
                /** @description From this time on. */
                from?: components["parameters"]["FromQuery"];
                /** @description Only this case's. */
                identification_id?: components["parameters"]["IdentificationIdQuery"];
                /** @description How many slots at most. */
                limit?: components["parameters"]["SlotLimitQuery"];
                /** @description Slug or id of a scenario. */
                scenario?: components["parameters"]["ScenarioQuery"];
                /** @description Before this time. */
                to?: components["parameters"]["ToQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlotList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listTexts: {
        parameters: {
            query?: {
                /** @description Only this locale. */
                locale?: components["parameters"]["LocaleQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    draftText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DraftText"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    revertText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevertText"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    approveText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TextNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    discardText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    publishText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    rejectText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TextNote"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    submitText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    lintTexts: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["LintTexts"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextFindings"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    previewText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewText"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextPreviewList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getTextSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextSettings"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setTextSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TextSettings"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextSettings"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listThreads: {
        parameters: {
            query?: {
                /** @description Only this agent's. */
                agent_id?: components["parameters"]["AgentIdQuery"];
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Slug or id of a scenario. */
                scenario?: components["parameters"]["ScenarioQuery"];
                /** @description Only in this state. */
                state?: components["schemas"]["ThreadState"];
                /** @description Only those with lines of the customer that nobody has read. */
                unread?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listTickets: {
        parameters: {
            query?: {
                /** @description Only of this branch. */
                branch?: string;
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only in this state. */
                state?: components["schemas"]["TicketState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketInfoList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    takeTicket: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTicket"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    checkTicket: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketCode"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketCheck"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getTicketCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    serveTicket: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ServeTicket"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketInfo"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getVerificationSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationSettings"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    setVerificationSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerificationSettingsChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationSettings"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    listVerifications: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description Only this customer's. */
                customer_id?: components["parameters"]["CustomerIdQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only with this phone, in international spelling. */
                phone?: components["parameters"]["PhoneQuery"];
                purpose?: components["parameters"]["VerificationPurposeQuery"];
                state?: components["parameters"]["VerificationStateQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    startVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewVerification"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    getVerification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    answerVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceAnswer"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    cancelVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    checkVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerificationCheck"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    denyVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    resendVerification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                verification_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResendVerification"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    introspectSession: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionToken"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedSession"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionToken"];
            };
        };
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getVisit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    updateVisit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VisitChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    sendVisitCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SendVisitCode"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeState"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    checkVisitCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeCheck"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitCodeCheck"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    denyVisitCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    decideConsents: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentDecisions"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    declineVisit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    chooseDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChooseDocument"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            default: components["responses"]["InternalError"];
        };
    };
    submitForm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitForm"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    confirmForm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FormVersion"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    addVisitPushSubscription: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushSubscription"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushSubscriptionMade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    removeVisitPushSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    recoverVisit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecoverVisit"];
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryStarted"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    checkRecovery: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecoveryCheck"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitCodeCheck"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            410: components["responses"]["Gone"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    openVisit: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenVisit"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["Gone"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    listVoiceClips: {
        parameters: {
            query?: {
                /** @description Only this locale. */
                locale?: components["parameters"]["LocaleQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VoiceClipList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getVoiceClip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VoiceClip"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    setVoiceClip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetVoiceClip"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VoiceClip"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    dropVoiceClip: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
                locale: components["schemas"]["Locale"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listWaitlist: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only in this state. */
                state?: components["schemas"]["WaitState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitlistEntryList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    enterWaitlist: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnterWaitlist"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitlistEntry"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    leaveWaitlist: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: never;
            path: {
                waitlist_entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    acceptOffer: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                waitlist_entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booking"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooManyRequests"];
            default: components["responses"]["InternalError"];
        };
    };
    declineOffer: {
        parameters: {
            query?: {
                /** @description Which cookie counts in a browser that holds both an agent's and a customer's. Default: the agent's if it is good, else the customer's. */
                as?: components["parameters"]["As"];
            };
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                waitlist_entry_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitlistEntry"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getWallboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wallboard"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    getWebhookDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    resendWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    listWebhookEndpoints: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpointList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["InternalError"];
        };
    };
    createWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhookEndpoint"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedWebhookEndpoint"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    deleteWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; no body. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    updateWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookEndpointChanges"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before; opaque. */
                cursor?: components["parameters"]["CursorQuery"];
                /** @description How many items at most. */
                limit?: components["parameters"]["LimitQuery"];
                /** @description Only in this state. */
                state?: components["parameters"]["WebhookDeliveryStateQuery"];
            };
            header?: never;
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedWebhookEndpoint"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    testWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description At most 255 printable ASCII characters, chosen by the caller. The same key with the same body within 24 h gives the same answer with the header Idempotency-Replayed: true; with another body 422 idempotency_key_reused; while the first is still running 409 idempotency_in_progress. Only answers below 400 are kept. Kept per caller, so it has no effect before sign-in.
                 * @example 6f1c1a52-booking-1
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            default: components["responses"]["InternalError"];
        };
    };
    getWorkingHours: {
        parameters: {
            query?: {
                /** @description Only this agent's. */
                agent_id?: components["parameters"]["AgentIdQuery"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkingHoursList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
    setWorkingHours: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetWorkingHours"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkingHours"];
                };
            };
            /** @description Asked for; a supervisor approves. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursChange"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["InternalError"];
        };
    };
}
