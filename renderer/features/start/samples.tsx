import { useEffect, useRef } from 'react';
import { DIGIT_SIZE, drawDigits } from '../../../core/data/sample/digits.ts';
import { host } from '../../host/machine.ts';
import { openSample } from '../../commands/open-files.ts';
import { tellFailure } from '../../commands/fail.ts';
import { useActivity, useSession } from '../../state/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Progress } from '../../ui/progress.tsx';

const PICTURES = 6;
const PICTURE_SEED = 7;

export function Samples() {
  return (
    <div>
      <div className="h-sec">
        <h2>Samples</h2>
        <span className="u">a network and its data, ready to compress</span>
      </div>
      <div className="cards">
        <DigitsCard />
        {REAL.map((card) => (
          <RealCard key={card.name} {...card} />
        ))}
      </div>
    </div>
  );
}

function DigitsCard() {
  const job = useActivity((state) => Object.values(state.jobs).find((candidate) => candidate.title.startsWith('Drawing the sample')));
  return (
    <article className="card">
      <DigitPictures />
      <div className="card-b">
        <h3>Digits</h3>
        <p>10 classes of 28×28 strokes, drawn on this computer. A small CNN, already trained.</p>
        {job && <Progress label="Drawing the digits" share={job.total > 0 ? job.done / job.total : 0} left="Drawing the digits" right="" />}
        <div className="card-f">
          <span className="prov">works offline</span>
          <span className="grow" />
          <Button kind="primary" aria-label="Open the Digits sample" disabledReason={job ? 'It is being drawn' : null} onClick={() => void openSample()}>
            Open
          </Button>
        </div>
      </div>
    </article>
  );
}

/** The first pictures of another seed of the same generator, so the card shows what the data set really looks like. */
function DigitPictures() {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { images } = drawDigits({ seed: PICTURE_SEED, count: PICTURES });
    const pixels = DIGIT_SIZE * DIGIT_SIZE;
    row.current?.querySelectorAll('canvas').forEach((canvas, index) => {
      const context = canvas.getContext('2d');
      if (!context) return;
      const picture = context.createImageData(DIGIT_SIZE, DIGIT_SIZE);
      for (let pixel = 0; pixel < pixels; pixel++) {
        const grey = images[index * pixels + pixel];
        picture.data.set([grey, grey, grey, 255], pixel * 4);
      }
      context.putImageData(picture, 0, 0);
    });
  }, []);
  return (
    <div className="card-img" ref={row} aria-hidden="true">
      {Array.from({ length: PICTURES }, (_, index) => (
        <canvas key={index} width={DIGIT_SIZE} height={DIGIT_SIZE} />
      ))}
    </div>
  );
}

interface RealCardProps {
  readonly name: string;
  readonly text: string;
  readonly files: string;
  readonly url: string;
}

const REAL: readonly RealCardProps[] = [
  {
    name: 'CIFAR-10',
    text: '10 classes, 60,000 colour pictures of 32×32. Drop a network for it together with test_batch.bin.',
    files: 'cifar-10-binary.tar.gz',
    url: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  {
    name: 'Fashion-MNIST',
    text: '10 classes, 70,000 grey pictures of 28×28. Drop a network for it together with the four IDX files.',
    files: 't10k-images-idx3-ubyte.gz',
    url: 'https://github.com/zalandoresearch/fashion-mnist',
  },
  {
    name: 'Ready networks',
    text: 'ResNet-8 and ResNet-20 for CIFAR-10, LeNet for MNIST: files of the MLPerf Tiny benchmark and the ONNX model zoo.',
    files: 'pretrainedResnet.h5',
    url: 'https://github.com/mlcommons/tiny',
  },
];

/** Real data is not shipped and nothing is fetched unasked: the card says what to get and where. */
function RealCard({ name, text, files, url }: RealCardProps) {
  const inElectron = useSession((state) => state.system?.shell === 'electron');
  const open = (event: React.MouseEvent) => {
    // In a browser the link is a link; Electron's window opens no other, so the machine does.
    const machine = inElectron ? host() : null;
    if (!machine) return;
    event.preventDefault();
    machine.openLink({ url }).catch((error: unknown) => tellFailure(error, 'Opening the page'));
  };
  return (
    <article className="card">
      <div className="card-b">
        <h3>{name}</h3>
        <p>{text}</p>
        <p className="mono trunc" title={files}>
          {files}
        </p>
        <div className="card-f">
          <span className="u t-11">to download yourself</span>
          <span className="grow" />
          <a className="b b-s" href={url} target="_blank" rel="noreferrer" aria-label={`Where to get it: ${name}`} onClick={open}>
            Where to get it
          </a>
        </div>
      </div>
    </article>
  );
}
