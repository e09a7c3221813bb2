// Access tokens with the official JavaScript client: node granting.cjs PORT FOLDER, with CARTESIA_API_KEY set.
// Prints one line of JSON: a report or an `error` for each program.
const fs = require('fs');
const path = require('path');
const Cartesia = require('@cartesia/cartesia-js').default;

const [port, folder] = process.argv.slice(2);
const baseURL = `https://localhost:${port}`;
const client = new Cartesia({ apiKey: process.env.CARTESIA_API_KEY, baseURL });
const VOICE = '6ccbfb76-1fc6-48f7-b71d-91ac6298247b';
const TEXT = 'The crew engaged in a range of activities designed to mirror those on Mars.';
const RAW = { container: 'raw', encoding: 'pcm_f32le', sample_rate: 44100 };

async function guest(grants) {
  const { token } = await client.accessToken.create({ grants, expires_in: 60 });
  return new Cartesia({ token, baseURL });
}

function heard(name, audio) {
  const file = path.join(folder, `${name}.pcm`);
  fs.writeFileSync(file, audio);
  return {
    audio: file, text: TEXT, streamed: false, container: 'raw', encoding: 'pcm_f32le', sample_rate: 44100,
    sizes: [audio.length], times: [0], ended: 0,
  };
}

async function failing(call) {
  try {
    await call();
  } catch (error) {
    return { status: error.status ?? null, name: error.constructor.name };
  }
  return { status: 200, name: null };
}

const speak = (speaker) =>
  speaker.tts.generate({ model_id: 'sonic-latest', output_format: RAW, transcript: TEXT, voice: VOICE });

const programs = {
  async generate_with_a_token() {
    const response = await speak(await guest({ tts: true }));
    return heard('generate_with_a_token', Buffer.from(await response.arrayBuffer()));
  },

  async websocket_with_a_token() {
    const ws = await (await guest({ tts: true })).tts.websocket();
    const context = ws.context({ model_id: 'sonic-latest', voice: VOICE, output_format: RAW });
    await context.push({ transcript: TEXT });
    await context.no_more_inputs();
    const chunks = [];
    for await (const event of context.receive()) {
      if (event.type === 'chunk') chunks.push(Buffer.from(event.audio));
    }
    ws.close();
    return heard('websocket_with_a_token', Buffer.concat(chunks));
  },

  async a_token_for_listening_does_not_speak() {
    const listener = await guest({ stt: true });
    return failing(() => speak(listener));
  },

  async a_token_lists_no_voices() {
    const speaker = await guest({ tts: true });
    return failing(() => speaker.voices.list());
  },

  async a_token_makes_no_token() {
    const speaker = await guest({ tts: true });
    return failing(() => speaker.accessToken.create({ grants: { tts: true } }));
  },
};

(async () => {
  const reports = {};
  for (const [name, program] of Object.entries(programs)) {
    try {
      reports[name] = await program();
    } catch (error) {
      reports[name] = { error: error.stack };
    }
  }
  console.log(JSON.stringify(reports));
})();
