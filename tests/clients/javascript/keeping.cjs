// Voices and dictionaries that are made, changed and forgotten with the official JavaScript client:
// node keeping.cjs PORT FOLDER, with CARTESIA_API_KEY set. Prints one line of JSON.
const fs = require('fs');
const path = require('path');
const Cartesia = require('@cartesia/cartesia-js').default;

const [port, folder] = process.argv.slice(2);
const client = new Cartesia({
  apiKey: process.env.CARTESIA_API_KEY,
  baseURL: `https://localhost:${port}`,
});
const VOICE = '6ccbfb76-1fc6-48f7-b71d-91ac6298247b';
const SPOKEN =
  'The crew engaged in a range of activities designed to mirror those they might perform on Mars. ' +
  'Aside from growing vegetables, they faced additional stressors like communication delays.';

async function statusOf(call) {
  try {
    await call();
  } catch (error) {
    return error.status;
  }
  return null;
}

(async () => {
  const report = {};
  try {
    const spoken = await client.tts.generate({
      model_id: 'sonic-latest',
      output_format: { container: 'wav', encoding: 'pcm_s16le', sample_rate: 44100 },
      transcript: SPOKEN,
      voice: VOICE,
    });
    const clip = path.join(folder, 'clip.wav');
    fs.writeFileSync(clip, Buffer.from(await spoken.arrayBuffer()));
    const made = await client.voices.clone({
      clip: fs.createReadStream(clip), name: 'New voice', language: 'en', description: 'd',
    });
    report.made = made;
    report.updated = await client.voices.update(made.id, { name: 'Another name', description: 'd' });
    report.own = [];
    for await (const voice of client.voices.list({ is_owner: true })) report.own.push(voice.id);
    report.localized = await client.voices.localize({
      voice_id: made.id, name: 'Deutsch', description: 'd', language: 'de', accent: 'high-german',
      original_speaker_gender: 'male',
    });
    for (const voice of [made, report.localized]) await client.voices.delete(voice.id);
    report.gone = await statusOf(() => client.voices.get(made.id));
    report.builtIn = await statusOf(() => client.voices.delete(VOICE));
    const dictionary = await client.pronunciationDicts.create({
      name: 'Names', items: [{ text: 'Nguyen', alias: 'win' }],
    });
    report.dictionary = await client.pronunciationDicts.retrieve(dictionary.id);
    await client.pronunciationDicts.delete(dictionary.id);
    report.dictionaryGone = await statusOf(() => client.pronunciationDicts.retrieve(dictionary.id));
  } catch (error) {
    report.error = error.stack;
  }
  console.log(JSON.stringify(report));
})();
