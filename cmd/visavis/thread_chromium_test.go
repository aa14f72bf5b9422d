package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestThreadInChromium is a chat from its first line on: the bank's bot answers,
// the customer asks for a person, an agent takes over, answers and hands back. Both
// pages say at each step who speaks.
func TestThreadInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	bank := p.bankClient()
	var mu sync.Mutex
	var secret string
	var asked []string
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var q struct{ Text string }
		mu.Lock()
		defer mu.Unlock()
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil || hook.Verify(body, r.Header) != nil || json.Unmarshal(body, &q) != nil {
			t.Error("a question is not signed")
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		asked = append(asked, q.Text)
		answer := object{"text": "Only your passport."}
		if q.Text == "What do I need?" {
			answer = object{"text": "A passport or an identity card.", "quick_replies": []string{"I have a passport", "I have neither"}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer bot.Close()
	set := bank.call("PUT", "/v1/chat-bot", object{"enabled": true, "url": bot.URL, "seconds": 10}, 200)
	mu.Lock()
	secret = set.str("secret")
	mu.Unlock()

	customer := bank.call("POST", "/v1/customers", object{"name": "Lan Nguyen", "phone": "+84912345691", "locale": "en", "time_zone": "Asia/Ho_Chi_Minh"}, 201).str("id")
	visit := p.open(browser, "the customer's page", bank.call("POST", "/v1/identifications", object{"customer_id": customer, "scenario": "open-account"}, 201).str("link.url"), true)
	visit.see("Have ready for the call")
	visit.press("Open the chat")
	visit.see("The assistant answers. You can ask for a person at any time.")
	visit.fill("Write a message", "What do I need?")
	visit.press("Send")
	visit.see("A passport or an identity card.")
	visit.shot("visit-chat")
	visit.accessible("the chat with the bot")
	visit.press("I have a passport")
	visit.see("Only your passport.")
	visit.until("the quick replies to go", func() bool { return !visit.has("I have neither") })
	visit.press("Talk to a person")
	visit.see("A person will answer you here.")

	// The agent finds it, sees that the number is not proved, and takes it.
	alice := p.desk(browser, 0, "/chats")
	alice.press("Lan Nguyen")
	alice.see("The customer asks for a person, since")
	alice.see("Number not proved")
	alice.see("A passport or an identity card.")
	alice.shot("console-chats")
	alice.accessible("the chats")
	alice.press("Take over")
	alice.see("You have this chat: the bot is silent.")
	visit.see("You are talking to Alice Moreau.")
	alice.fill("Write a message", "Good morning, I am Alice.")
	alice.press("Send")
	visit.see("Good morning, I am Alice.")
	visit.fill("Write a message", "Is my old passport good?")
	visit.press("Send")
	alice.see("Is my old passport good?")

	// With the chat closed the page says how many lines are new, on a narrow phone too.
	visit.press("Close")
	visit.narrow()
	alice.fill("Write a message", "Yes, until it expires.")
	alice.press("Send")
	visit.until("the chat to say that a line is new", func() bool {
		ok, err := eval[bool](visit, `(() => { const e = document.querySelector('[aria-label="Open the chat (new: 1)"]'); if (!e) return false;
			const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth && document.documentElement.scrollWidth <= innerWidth; })()`)
		return err == nil && ok
	})
	visit.press("Open the chat")
	visit.see("Yes, until it expires.")
	visit.until("the focus to be in the chat", func() bool {
		ok, err := eval[bool](visit, `!!document.activeElement?.closest('[role=dialog]')`)
		return err == nil && ok
	})

	// Guidance in the customer's words, then back to the bot.
	alice.press("Guide")
	alice.press("Please choose your document again")
	visit.see("Please choose your document again and have it ready")
	alice.press("Hand back to the bot")
	alice.see("The bot answers.")
	visit.see("The assistant answers again")
	visit.fill("Write a message", "Anything else?")
	visit.press("Send")
	visit.until("the bot's second answer", func() bool {
		n, err := eval[int](visit, `[...document.querySelectorAll('[role=log] li')].filter(e => e.innerText.includes('Only your passport.')).length`)
		return err == nil && n == 2
	})
	visit.do(chromedp.Reload())
	visit.press("Open the chat")
	visit.see("Anything else?")

	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 3 || asked[0] != "What do I need?" || asked[1] != "I have a passport" || asked[2] != "Anything else?" {
		t.Errorf("the bot was asked %q", asked)
	}
}
