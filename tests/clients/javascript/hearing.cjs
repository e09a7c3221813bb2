// Live listening with the official JavaScript client, over both of its sockets:
// node hearing.cjs PORT FOLDER, with CARTESIA_API_KEY set. Prints one line of JSON.
const Cartesia = require('@cartesia/cartesia-js').default;
const { ManualFinalizeWS } = require('@cartesia/cartesia-js/resources/stt/manual-finalize/ws');
const { AutoFinalizeWS } = require('@cartesia/cartesia-js/resources/stt/auto-finalize/ws');

const [port] = process.argv.slice(2);
const client = new Cartesia({
  apiKey: process.env.CARTESIA_API_KEY,
  baseURL: `https://localhost:${port}`,
});
const FORMAT = { model: 'ink-2', encoding: 'pcm_s16le', sample_rate: 16000 };
const KEYTERMS = { keyterm: ['quick brown', 'lazy dog'] };

async function speech() {
  const response = await client.tts.generate({
    model_id: 'sonic-latest',
    transcript: 'The quick brown fox jumps over the lazy dog.',
    voice: '6ccbfb76-1fc6-48f7-b71d-91ac6298247b',
    output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 16000 },
  });
  return Buffer.concat([Buffer.alloc(9600), Buffer.from(await response.arrayBuffer()), Buffer.alloc(48000)]);
}

async function listen(socket, audio, commands) {
  for (let at = 0; at < audio.length; at += 3200) socket.sendRaw(audio.subarray(at, at + 3200));
  for (const command of commands) socket.send(command);
  const messages = [];
  for await (const event of socket.stream()) {
    if (event.type === 'error') throw event.error;
    if (event.type === 'message') messages.push(event.message);
    if (event.type === 'close') break;
  }
  return messages;
}

(async () => {
  const report = {};
  try {
    const audio = await speech();
    report.manual = await listen(new ManualFinalizeWS(client, { ...FORMAT, ...KEYTERMS }), audio, [
      'finalize',
      'close',
    ]);
    report.turns = await listen(
      new AutoFinalizeWS(client, { ...FORMAT, ...KEYTERMS, turn_end_timeout_ms: 1000 }),
      audio,
      [{ type: 'config', turn: { end_timeout_ms: 800 } }, { type: 'close' }],
    );
  } catch (error) {
    report.error = String(error.stack || error);
  }
  console.log(JSON.stringify(report));
})();
