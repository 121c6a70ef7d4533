import { isObject } from '../strict/check.ts';
import { fileJson } from '../wire.ts';
import { ApiError, type Method } from './call.ts';
import { mayPost } from './chat.ts';

const MIME: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
};
const filesWrite = () => ['files:write'];

const getUploadURLExternal: Method = {
  tier: 4,
  token: 'bot',
  scopes: filesWrite,
  run: (call) => {
    const { state } = call.context;
    const name = call.required('filename');
    const size = call.integer('length', 0);
    if (size < 1) throw new ApiError('invalid_arguments');
    const id = state.nextId('F');
    const mimetype = MIME[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
    const { botUserId } = state.identity;
    state.files.set(id, {
      id,
      name,
      title: name,
      mimetype,
      size,
      created: state.now(),
      user: botUserId,
      bytes: undefined,
      channels: [],
      completed: false,
    });
    return { upload_url: `${call.context.baseUrl()}/_upload/${id}`, file_id: id };
  },
};

const completeUploadExternal: Method = {
  tier: 4,
  token: 'bot',
  scopes: filesWrite,
  run: (call) => {
    const { state } = call.context;
    const given = call.structured('files', 'invalid_arguments');
    const entries = Array.isArray(given) ? given.filter(isObject) : [];
    if (entries.length === 0) throw new ApiError('invalid_arguments');
    const channel = call.has('channel_id') ? call.channel('channel_id') : undefined;
    if (channel) mayPost(call, channel);
    const files = entries.map((entry) => {
      const file = state.files.get(String(entry['id']));
      if (!file || file.bytes === undefined) throw new ApiError('file_not_found');
      const title = typeof entry['title'] === 'string' ? entry['title'] : file.name;
      const next = { ...file, title, completed: true, channels: channel ? [channel.id] : [] };
      state.files.set(file.id, next);
      return next;
    });
    if (channel) {
      const threadTs = call.text('thread_ts');
      state.post({
        channel: channel.id,
        user: state.identity.botUserId,
        fromBot: true,
        text: call.text('initial_comment'),
        files: files.map((file) => file.id),
        ...(threadTs === '' ? {} : { threadTs }),
      });
    }
    return { files: files.map((file) => fileJson(call.context, file)) };
  },
};

const info: Method = {
  tier: 4,
  token: 'bot',
  scopes: () => ['files:read'],
  run: (call) => {
    const file = call.context.state.files.get(call.required('file'));
    if (!file) throw new ApiError('file_not_found');
    return { file: fileJson(call.context, file), comments: [] };
  },
};

export const filesMethods: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': getUploadURLExternal,
  'files.completeUploadExternal': completeUploadExternal,
  'files.info': info,
};
