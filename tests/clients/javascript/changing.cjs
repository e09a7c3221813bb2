// The voice changer with the official JavaScript client, in its own names and in those of its older API:
// node changing.cjs PORT FOLDER, with CARTESIA_API_KEY and RECORDING set. Prints one line of JSON.
const fs = require('fs');
const Cartesia = require('@cartesia/cartesia-js').default;
const { toFile } = require('@cartesia/cartesia-js');
const { VoiceChangerWrapper } = require('@cartesia/cartesia-js/backcompat/voice-changer-wrapper');

const [port] = process.argv.slice(2);
const client = new Cartesia({
  apiKey: process.env.CARTESIA_API_KEY,
  baseURL: `http://localhost:${port}`,
});
const VOICE = '694f9389-aac1-45b6-b726-9d9369183238';
const FORMAT = {
  'output_format[container]': 'raw',
  'output_format[encoding]': 'pcm_s16le',
  'output_format[sample_rate]': 16000,
};

(async () => {
  const report = {};
  try {
    const recording = process.env.RECORDING;
    const response = await client.voiceChanger.generate({
      clip: fs.createReadStream(recording),
      'voice[id]': VOICE,
      ...FORMAT,
    });
    report.bytes = (await response.arrayBuffer()).byteLength;
    report.events = [];
    let size = 0;
    const stream = await client.voiceChanger.generateSSE({
      clip: await toFile(fs.readFileSync(recording), 'clip.wav'),
      'voice[id]': VOICE,
      ...FORMAT,
    });
    for await (const event of stream) {
      report.events.push(event.done);
      if (!event.done) size += Buffer.from(event.data, 'base64').length;
    }
    report.size = size;
    const older = await new VoiceChangerWrapper(client).bytes(fs.createReadStream(recording), {
      voiceId: VOICE,
      outputFormatContainer: 'wav',
      outputFormatSampleRate: 16000,
      outputFormatEncoding: 'alaw',
    });
    report.older = 0;
    for await (const piece of older) report.older += piece.length;
  } catch (error) {
    report.error = String(error.stack || error);
  }
  console.log(JSON.stringify(report));
})();
