//! The truth file: JSON lines appended by one thread, many lines to a flush. Knows nothing of what the lines mean.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

/// Lines waiting for the disk; a sender that finds it full waits, which slows the callers down and loses nothing.
const QUEUE_LINES: usize = 10_000;
/// Lines written before one flush.
const BATCH_LINES: usize = 1_000;

/// The line could not be brought to the disk.
#[derive(Debug, thiserror::Error)]
#[error("the truth file cannot be written")]
pub struct JournalBroken;

enum Message {
    Line(Vec<u8>),
    /// Answered once everything sent before is on the disk.
    Barrier(oneshot::Sender<()>),
    Close,
}

pub struct Journal {
    queue: SyncSender<Message>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Starts the writer at the end of an opened file.
    pub fn start(file: File) -> Self {
        let (queue, messages) = sync_channel(QUEUE_LINES);
        let writer = std::thread::spawn(move || write_all(file, &messages));
        Self { queue, writer: Mutex::new(Some(writer)) }
    }

    /// Queues one line. Called with the state locked, so that the file has the order of the changes.
    pub fn append(&self, mut line: Vec<u8>) {
        line.push(b'\n');
        if self.queue.send(Message::Line(line)).is_err() {
            tracing::error!("the truth file's writer has stopped");
        }
    }

    /// Waits until every line appended so far is on the disk.
    pub async fn durable(&self) -> Result<(), JournalBroken> {
        let (done, wait) = oneshot::channel();
        self.queue.send(Message::Barrier(done)).ok().ok_or(JournalBroken)?;
        wait.await.ok().ok_or(JournalBroken)
    }

    /// Writes what is queued and ends the writer.
    pub fn close(&self) {
        // A writer that has already stopped needs no word.
        let _ = self.queue.send(Message::Close);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the truth file's writer panicked");
        }
    }
}

/// Opens the file, hands each whole line to `replay`, cuts off a last line that a crash left unfinished.
///
/// # Errors
/// I/O errors, and `InvalidData` when `replay` refuses a whole line.
pub fn open(path: &Path, mut replay: impl FnMut(&str) -> bool) -> std::io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut reader = BufReader::new(&file);
    let (mut whole, mut line) = (0_u64, String::new());
    loop {
        line.clear();
        let read = reader.read_line(&mut line)?;
        if read == 0 || !line.ends_with('\n') {
            break;
        }
        if !replay(line.trim_end()) {
            let text = format!("line at byte {whole} is not one of ours");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
        }
        whole += read as u64;
    }
    drop(reader);
    file.set_len(whole)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

fn write_all(mut file: File, messages: &Receiver<Message>) {
    let (mut dirty, mut open) = (false, true);
    while open {
        let Ok(first) = messages.recv() else { return };
        let (mut lines, mut waiting) = (Vec::new(), Vec::new());
        let batch = std::iter::once(first).chain(messages.try_iter().take(BATCH_LINES));
        for message in batch {
            match message {
                Message::Line(line) => lines.extend_from_slice(&line),
                Message::Barrier(done) => waiting.push(done),
                Message::Close => open = false,
            }
        }
        dirty |= !lines.is_empty();
        let flush = dirty && (!waiting.is_empty() || !open);
        let written = file.write_all(&lines).and_then(|()| if flush { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            // Callers see their barrier dropped and answer an error; going on could only hide the gap.
            tracing::error!(%error, "the truth file cannot be written");
            return;
        }
        dirty &= !flush;
        for done in waiting {
            // A caller that went away does not wait any more.
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_back_and_a_torn_last_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("truth.jsonl");
        let journal = Journal::start(open(&path, |_| true).unwrap());
        journal.append(b"one".to_vec());
        journal.append(b"two".to_vec());
        journal.durable().await.unwrap();
        journal.close();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"thr").unwrap();

        let mut seen = Vec::new();
        let file = open(&path, |line| {
            seen.push(line.to_owned());
            true
        })
        .unwrap();
        let journal = Journal::start(file);
        journal.append(b"four".to_vec());
        journal.close();

        assert_eq!(seen, ["one", "two"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nfour\n");
    }

    #[test]
    fn a_foreign_line_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("truth.jsonl");
        std::fs::write(&path, "hello\n").unwrap();
        assert_eq!(open(&path, |_| false).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    }
}
