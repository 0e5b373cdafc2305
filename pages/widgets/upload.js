// Sends one file with PUT as it is, so that neither the browser nor the server holds it in memory.
const RUNNING = new WeakMap()

const size = (n) => {
  for (const unit of ['B', 'KB', 'MB', 'GB']) {
    if (n < 999.95) return `${n.toFixed(1).replace(/\.0$/, '')} ${unit}`
    n /= 1000
  }
  return `${n.toFixed(1)} TB`
}

const duration = (s) => {
  const t = Math.max(1, Math.round(s))
  return t < 60 ? `${t} s` : t < 3600 ? `${Math.floor(t / 60)} min ${t % 60} s` : `${Math.floor(t / 3600)} h ${Math.floor((t % 3600) / 60)} min`
}

const token = () => {
  const found = document.cookie.split('; ').find((c) => c.startsWith('_streamlit_xsrf='))
  return found ? found.slice('_streamlit_xsrf='.length) : ''
}

const reasonOf = (request) => {
  try {
    const told = JSON.parse(request.responseText)
    if (told.detail || told.title) return told.detail || told.title
  } catch { /* not a problem document: the sentence below */ }
  return request.status === 403
    ? 'The page is no longer valid. Reload it and choose the file again.'
    : 'The server could not take the file. Choose it again.'
}

export default function ({ parentElement, data, setTriggerValue }) {
  const at = (name) => parentElement.querySelector(name)
  const drop = at('.drop'), input = at('input'), idle = at('.idle'), busy = at('.busy'), error = at('.error'), bar = at('progress')
  at('.limit').textContent = data.limit_text

  const show = (uploading, message = '') => {
    idle.hidden = uploading
    busy.hidden = !uploading
    error.hidden = !message
    error.textContent = message
  }

  const stop = (message) => {
    RUNNING.delete(drop)
    show(false, message)
    at('.choose').focus()
  }

  const progress = (event, since) => {
    const seconds = (performance.now() - since) / 1000, rate = event.loaded / Math.max(seconds, 0.001)
    bar.value = event.loaded / event.total
    at('.share').textContent = `${Math.floor(100 * bar.value)}%`
    at('.detail').textContent = event.loaded < event.total
      ? `${size(event.loaded)} of ${size(event.total)}, ${size(rate)}/s` + (seconds > 1 ? `, about ${duration((event.total - event.loaded) / rate)} left` : '')
      : 'Received, taking it in'
  }

  const send = (file) => {
    if (file.size > data.limit) return stop(`The file has ${size(file.size)}. The limit is ${size(data.limit)}. Split it into smaller files.`)
    const request = new XMLHttpRequest(), since = performance.now()
    RUNNING.set(drop, request)
    show(true)
    bar.value = 0
    at('.name').textContent = file.name
    at('.share').textContent = '0%'
    at('.detail').textContent = size(file.size)
    at('.cancel').focus()
    request.open('PUT', `${data.url}?name=${encodeURIComponent(file.name.toWellFormed ? file.name.toWellFormed() : file.name)}`)
    request.setRequestHeader('X-Xsrftoken', token())
    request.upload.onprogress = (event) => progress(event, since)
    request.onerror = () => stop('The connection broke off, or the file changed while it was read. Choose the file again.')
    request.onabort = () => stop('')
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return stop(reasonOf(request))
      RUNNING.delete(drop)
      setTriggerValue('uploaded', JSON.parse(request.responseText))
    }
    request.send(file)
  }

  const take = (files) => {
    if (RUNNING.has(drop) || !files.length) return
    if (files.length > 1) return stop('Drop one file at a time.')
    send(files[0])
  }

  at('.choose').onclick = () => input.click()
  at('.cancel').onclick = () => RUNNING.get(drop)?.abort()
  input.onchange = () => { take(input.files); input.value = '' }
  drop.ondragover = (event) => { event.preventDefault(); drop.classList.add('over') }
  drop.ondragleave = () => drop.classList.remove('over')
  drop.ondrop = (event) => { event.preventDefault(); drop.classList.remove('over'); take(event.dataTransfer.files) }
  return () => { RUNNING.get(drop)?.abort() }
}
