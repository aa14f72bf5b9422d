export { QuickReplies, ThreadLog, ThreadWrite, WhoAnswers } from './Thread';
export { type ThreadEntry, threadKey, type ThreadHandle, type ThreadSide, useThread } from './useThread';
