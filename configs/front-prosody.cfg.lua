-- Prosody's side of front-prosody.toml: one block for each component behind weir.
-- Prosody takes them on 127.0.0.1:5347 without being told to.
Component "bot.example.com"
	component_secret = "what weir proves itself with"
